"""Resellers: how they join, what growth they have, which tier it gives them, and whom they invited.

Owns the growth ledger, the tier tables, invitation codes, rewards, notices and the monthly roll-over. The rules are in
`docs/rules/membership.md` (GROWTH-1 …) and `membership.rules`. What a tier pays belongs to pricing; orders and refunds call in with what
was paid and what was refunded.
"""
