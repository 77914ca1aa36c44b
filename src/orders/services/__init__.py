"""Writes of orders: `grabbing`, `paying`, `shipping`, `recipients`."""
