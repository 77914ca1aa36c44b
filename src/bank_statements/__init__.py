"""Bank statements that finance upload, matched with what was transferred (docs/rules/bank-statements.md).

Services: `claims` (a reseller says that she transferred money), `uploads` (preview, commit), `lines` (what a person decides of one line).
"""
