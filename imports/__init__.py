"""Workbooks in and out, without Django: a library of its own with a command line (see README.md beside this file).

Reads stock workbooks, tracking sheets and order sheets of every common form, writes the annotated copy of a stock workbook and the
empty templates. Knows no database, brand or sale: a reading is plain data, and its use is up to `inventory` and `orders`.
"""

__version__ = "0.2.0"
