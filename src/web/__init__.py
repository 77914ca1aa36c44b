"""What crosses the border looks the same everywhere: money as decimal strings, lists as keyset pages.

Owns no tables and no rules. `web.money` gives the API types of amounts, `web.pagination` cuts querysets into pages that stay fast and
complete while rows come and go, `db.sql` runs a statement that the ORM cannot say, `web.form_fields` has the fields of forms that several
faces ask for.
"""
