"""Reads of goods, stock and uploads."""
