"""Reads of payments: `payments` reads payments and callbacks, `integrity` has the checks."""
