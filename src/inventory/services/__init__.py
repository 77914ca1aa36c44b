"""Writes of goods and stock, and the uploads of stock workbooks."""
