"""Statements that a test needs settled: they are sent to the brand, confirmed by its clerk, and settled."""

from datetime import datetime

from settlement.selectors.statements import StatementView
from settlement.services import statements
from tests.builders import Marketplace


def confirm_draft(market: Marketplace, statement_id: int, *, now: datetime) -> StatementView:
    """Send a draft and confirm it."""
    statements.send(actor=market.finance, statement_id=statement_id, now=now)
    return statements.confirm(actor=market.clerk, statement_id=statement_id, now=now)


def settle_draft(market: Marketplace, statement_id: int, *, now: datetime) -> StatementView:
    """Send a draft, confirm it and settle it."""
    confirm_draft(market, statement_id, now=now)
    return statements.settle(actor=market.finance, statement_id=statement_id, now=now)
