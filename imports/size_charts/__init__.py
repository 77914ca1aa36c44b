"""Reads the size charts that stand on sheets of their own in a stock workbook (IMPORT-26)."""
