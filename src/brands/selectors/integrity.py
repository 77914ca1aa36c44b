"""The checks of brands: deposits are what was recorded of them (INTEGRITY-7)."""

from ledger.rules import AccountKind, PostingKind
from ledger.selectors.integrity import received_money_checks

CHECKS = received_money_checks(
    app="brands", kind=PostingKind.DEPOSIT, action="brands.record_deposit", subject="brand", account=AccountKind.DEPOSIT
)
