"""Who pays what, and why: price controls and label cutting, tier discounts, commission, the quote, and the frozen price list.

Verbs: `enter_platform_terms`, `enter_control`, `withdraw_control`, `enter_commission`, `start_draft`, `adopt_draft`,
`discard_draft`, `freeze_price_list`. The law is `docs/rules/pricing.md` (PRICE-1 …) and `pricing.rules`; `pricing.engine` says the
same law as sets in SQL. Leaves to others: when a sale publishes its list (flashsales), retail prices (forwarding).
"""
