"""The integrity check: all invariants, gathered from the apps that keep them (docs/rules/integrity.md).

Every app offers the checks of its invariants in `selectors.integrity`. This app runs them together for `manage.py check_integrity`, the
console and the periodic job, and records each run (`models.IntegrityRun`).
"""
