"""Reads of invoices: `titles`, `askable`, `invoices`, `exports`, `red_letters`, `terms`, `integrity`."""
