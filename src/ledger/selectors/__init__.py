"""Reads of the ledger: `accounts` reads balances and entries, `integrity` has the checks."""
