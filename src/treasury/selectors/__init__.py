"""Reads of the treasury: `requests` for pages and programs, `integrity` for the checks."""
