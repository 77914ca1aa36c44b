"""Writes of accounts: people, signing in, passwords, tokens, counts of attempts and the audit log."""
