"""People: who they are, how they sign in, what role they have, and the audit trail of what they did.

Verbs: `add_person`, `change_password`, `issue_token`, `revoke_token`, `record` (one audit entry).
Gates (`accounts.permissions`) are for the entry points of every app: an endpoint or page says with `allow(...)` or `page_for(...)`
which roles may call it, and gets the `Actor` that its services take.
Leaves to others: which brand a clerk works for (brands), who is a reseller and of what tier (membership).
"""
