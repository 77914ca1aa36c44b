"""Finds the tables of a sheet: headings of one or more rows, matrices, tables below and beside each other."""
