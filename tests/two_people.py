"""Money that one person of finance enters and another approves, for tests that need it booked."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.rules import Actor
from settlement.selectors.statements import get_statement
from tests.one_time_codes import one_time_code
from treasury.rules.batches import BatchFormat
from treasury.rules.requests import RequestState
from treasury.selectors.bank_accounts import find_account_of_brand, find_account_of_reseller
from treasury.selectors.batches import BatchView
from treasury.selectors.requests import MoneyRequestView, get_request
from treasury.services import bank_accounts, bank_returns, batches, deciding, entering
from treasury.services.bank_accounts import AccountFields

ACCOUNT = AccountFields("青禾服饰有限公司", "3310 0101 2001 0000 123", "中国银行", "杭州文三路支行")


CARD = AccountFields("陈梅", "6222 0210 0100 0000 007", "工商银行", "杭州西湖支行")


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
        self.bank_account(brand_id=get_statement(statement_id).brand_id, now=now)
        entered = entering.enter_payout(actor=self.first, statement_id=statement_id, now=now)
        approved = self.approve(entered, now=now)
        if approved.state is RequestState.APPROVED:
            self.transfer([entered.id], reference, now=now)
        return get_request(entered.id)

    def transfer(self, request_ids: list[int], reference: str, *, now: datetime) -> BatchView:
        """Approved money out in a file of its own, which the bank carries out."""
        batch = self.batch(request_ids, now=now)
        return batches.confirm_batch(actor=self.first, batch_id=batch.id, reference=reference, now=now)

    def batch(self, request_ids: list[int], *, now: datetime) -> BatchView:
        """A file with approved money out that one person has downloaded."""
        made = batches.create_batch(actor=self.first, request_ids=request_ids, file_format=BatchFormat.CSV, now=now)
        batches.download_batch(actor=self.first, batch_id=made.id, now=now)
        return made

    def return_from_bank(self, request_id: int, *, now: datetime, reason: str = "户名不符") -> MoneyRequestView:
        entered = bank_returns.enter_bank_return(actor=self.first, request_id=request_id, reason=reason, now=now)
        return self.approve(entered, now=now)

    def bank_account(self, *, brand_id: int, now: datetime, fields: AccountFields = ACCOUNT) -> None:
        """The account of a brand, long enough before `now`; once."""
        if find_account_of_brand(brand_id) is None:
            before = now - settings.BANK_ACCOUNT_COOL_DOWN
            account = bank_accounts.enter_account_of_brand(
                actor=self.first, brand_id=brand_id, fields=fields, now=before
            )
            bank_accounts.approve_account(actor=self.second, account_id=account.id, now=before)

    def account_of_reseller(self, reseller_id: int, *, now: datetime) -> None:
        """The account of a reseller, long enough before `now`; once."""
        if find_account_of_reseller(reseller_id) is None:
            before = now - settings.BANK_ACCOUNT_COOL_DOWN
            account = bank_accounts.enter_account_of_reseller(
                actor=self.first, reseller_id=reseller_id, fields=CARD, now=before
            )
            bank_accounts.approve_account(actor=self.second, account_id=account.id, now=before)

    def approve(self, request: MoneyRequestView, *, now: datetime) -> MoneyRequestView:
        code = one_time_code(self.second, now=now) if request.asks_for_code else ""
        return deciding.approve(actor=self.second, request_ids=[request.id], code=code, now=now)[0]
