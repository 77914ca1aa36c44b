"""The check of the books: the six invariants of the house, gathered from the rooms that keep them (docs/rules/books.md).

Owns no tables. Every room that keeps an invariant offers `queries.breaches()`; here they are asked together, for `manage.py check_books`
and for the desk.
"""
