"""Writes of invoices: `titles`, `requests`, `exports`, `results`, `issuing`, `red_letters`, `terms`."""
