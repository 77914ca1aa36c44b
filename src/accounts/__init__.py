"""People: who they are, how they sign in, what role they have, and the audit log of what they did.

`accounts.permissions` is for the entry points of every app: an endpoint or page names the roles that may call it, and gets the `Actor`
that its services take. Which brand a clerk works for belongs to brands, who is a reseller and of what tier to membership.
"""
