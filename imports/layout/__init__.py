"""Where the tables of a sheet are: headings of one or more rows, matrices, blocks below and beside each other."""

from imports.layout.header import Header, SizeColumns
from imports.layout.headers import find_headers, looks_like_header
from imports.layout.lines import ignore_why, is_total_line
from imports.layout.tables import Table, tables_of

__all__ = [
    "Header",
    "SizeColumns",
    "Table",
    "find_headers",
    "ignore_why",
    "is_total_line",
    "looks_like_header",
    "tables_of",
]
