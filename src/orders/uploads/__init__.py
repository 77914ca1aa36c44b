"""Workbooks of orders, step by step: received, read by a worker, matched with what is on sale, ordered and paid at once."""
