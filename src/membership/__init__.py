"""Resellers: how they join, what growth they have, which tier that makes them, and whom they invited.

Owns the growth ledger, the tier tables, invitation codes, rewards, notices and the month's turn.
Verbs: `join`, `issue_code`, `revoke_code`, `credit_purchase`, `take_back`, `adjust`, `put_on_probation`, `enter_tier_table`,
`turn_month`, `warn_of_falls`, `grant_due_rewards`. The law is `docs/rules/membership.md` (GROWTH-1 …) and `membership.rules`.
Leaves to others: what a tier pays (pricing), orders and refunds (they call in with what was paid and what went back).
"""
