"""What crosses the border looks the same everywhere: money as decimal strings, lists as keyset pages.

Owns no tables and no rules. `wire.money` gives the API types of amounts, `wire.pages` cuts querysets into pages that stay fast and
complete while rows come and go, `wire.sql` runs a statement that the ORM cannot say, `wire.fields` has the fields of forms that several
faces ask for.
"""
