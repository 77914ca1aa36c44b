"""A cell → text, units, money, rate, size or barcode, or a Problem.

Each parser is a pure function of one value, so that a column is parsed once per distinct value. Anything that
needs the neighbours (lost zeros, duplicates, prices that do not fit) is decided by `stock_sheet`.
"""
