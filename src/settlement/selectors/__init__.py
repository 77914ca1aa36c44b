"""Reads of settlement: `statements` reads statements, `integrity` has the checks."""
