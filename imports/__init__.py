"""Workbooks in and out, without Django.

Owns: reading brands' stock workbooks, tracking sheets and order sheets in any form that they really come in,
the marked copy that goes back, the empty templates. Knows nothing of databases, brands or sales: a reading is
plain data, and what is done with it is for `inventory` and `orders`.
"""
