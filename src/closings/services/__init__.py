"""Writes of account closings: `closing`."""
