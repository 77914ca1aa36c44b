"""Money that one person of finance enters and another approves, for tests that need it booked."""

from dataclasses import dataclass
from datetime import datetime

from accounts.rules import Actor
from treasury.selectors.requests import MoneyRequestView
from treasury.services import deciding, entering


@dataclass(frozen=True)
class TwoPeople:
    """Who enters and who approves."""

    first: Actor
    second: Actor

    def top_up(
        self, reseller_id: int, amount_fen: int, reference: str, *, order_id: int | None = None, now: datetime
    ) -> MoneyRequestView:
        entered = entering.enter_top_up(
            actor=self.first,
            reseller_id=reseller_id,
            amount_fen=amount_fen,
            reference=reference,
            order_id=order_id,
            now=now,
        )
        return self.approve(entered, now=now)

    def deposit(self, brand_id: int, amount_fen: int, reference: str, *, now: datetime) -> MoneyRequestView:
        entered = entering.enter_deposit(
            actor=self.first, brand_id=brand_id, amount_fen=amount_fen, reference=reference, now=now
        )
        return self.approve(entered, now=now)

    def pay_out(self, statement_id: int, reference: str, *, now: datetime) -> MoneyRequestView:
        entered = entering.enter_payout(actor=self.first, statement_id=statement_id, reference=reference, now=now)
        return self.approve(entered, now=now)

    def approve(self, request: MoneyRequestView, *, now: datetime) -> MoneyRequestView:
        return deciding.approve(actor=self.second, request_ids=[request.id], now=now)[0]
