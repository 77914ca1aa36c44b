"""Money that people book by hand: one person enters a request, another approves it, then the ledger changes (docs/rules/treasury.md).

Services: `enter_top_up`, `enter_deposit`, `enter_payout`, `enter_reversal`; `approve`, `refuse`, `cancel`.
"""
