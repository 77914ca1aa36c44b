"""The check of the books: the invariants of the house, gathered from the apps that keep them (docs/rules/books.md).

Every app that keeps an invariant offers its checks in `selectors.books`; here they are run together, for `manage.py check_books`, the
desk and the sweep. The only table is what the runs found (`models.IntegrityRun`).
"""
