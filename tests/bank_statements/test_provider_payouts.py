"""Lines of a bank statement that are pay-outs of payment providers: their bill has booked them, nothing else does (TRANSFER-3)."""

from datetime import timedelta

import pytest

from bank_statements.models import BankStatementLine
from bank_statements.rules import CodeOwner, LineState, MatchKind, Owner
from bank_statements.selectors.lines import get_line, list_lines
from bank_statements.selectors.uploads import list_preview
from bank_statements.services import lines
from bank_statements.services.lines import LineNotOpen, PaidOutByProvider
from bank_statements.tasks import link_provider_payouts
from ledger.rules import CLEARING
from ledger.selectors.accounts import get_balance_fen
from tests.bank_statements.statements import statement
from tests.bank_statements.test_uploads import Desk
from tests.builders import NOW
from tests.payments.made import make_bills
from tests.violations import all_violations
from treasury.models import MoneyRequest

pytestmark = pytest.mark.django_db
PAID_OUT_FEN = 50_00
"""What the made bill says that WeChat Pay paid out to our bank."""
TENPAY = {"fen": PAID_OUT_FEN, "name": "财付通支付科技有限公司", "remark": "结算款", "day": f"{NOW:%Y%m%d}"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def only_line() -> BankStatementLine:
    return BankStatementLine.objects.get()


def test_a_line_that_fits_a_bill_is_named_and_never_booked(desk: Desk) -> None:
    bill_id, before = make_bills(now=NOW), get_balance_fen(CLEARING)
    view = desk.upload(statement(TENPAY))
    [shown] = list_preview(view.id)
    assert (shown.match.kind, shown.match.bill_id, shown.can_be_ticked) == (MatchKind.PROVIDER, bill_id, False)
    desk.commit(view)
    line = get_line(only_line().pk)
    assert (line.state, line.bill_id, line.request_id) == (LineState.PROVIDER, bill_id, None)
    assert [each.id for each in list_lines(state=LineState.PROVIDER).items] == [line.id]
    assert list_lines(state=LineState.OPEN).items == []
    whose = CodeOwner(Owner.BRAND, desk.market.brand_id)
    with pytest.raises(LineNotOpen):
        lines.enter_open_line(actor=desk.first, line_id=line.id, whose=whose, now=NOW)
    assert MoneyRequest.objects.filter(kind="deposit", reference="C1").count() == 0
    assert get_balance_fen(CLEARING) == before
    assert all_violations() == []


def test_a_pay_out_is_one_line_and_another_of_the_same_amount_is_not_it(desk: Desk) -> None:
    make_bills(now=NOW)
    view = desk.upload(statement(TENPAY, TENPAY))
    kinds = [(each.match.kind, each.match.bill_id is None) for each in list_preview(view.id)]
    assert kinds == [(MatchKind.PROVIDER, False), (MatchKind.PROVIDER, True)]
    desk.commit(view)
    states = [each.state for each in list_lines(upload_id=view.id).items]
    assert sorted(states) == [LineState.OPEN, LineState.PROVIDER]
    assert link_provider_payouts() == 0
    assert all_violations() == []


@pytest.mark.parametrize(
    "change",
    [
        {"fen": PAID_OUT_FEN + 1},
        {"name": "王小美"},
        {"day": f"{NOW - timedelta(days=2):%Y%m%d}"},
        {"fen": -PAID_OUT_FEN},
    ],
)
def test_another_amount_payer_or_day_is_no_pay_out(desk: Desk, change: dict[str, object]) -> None:
    make_bills(now=NOW)
    view = desk.upload(statement(TENPAY | change))
    assert [each.match.bill_id for each in list_preview(view.id)] == [None]


def test_a_line_long_after_the_bill_is_no_pay_out(desk: Desk) -> None:
    make_bills(now=NOW - timedelta(days=9))
    view = desk.upload(statement(TENPAY))
    assert [each.match.bill_id for each in list_preview(view.id)] == [None]


def test_a_line_that_came_before_its_bill_is_recognised_later(desk: Desk) -> None:
    desk.commit(desk.upload(statement(TENPAY)))
    line = only_line()
    assert get_line(line.pk).state is LineState.OPEN
    assert link_provider_payouts() == 0
    bill_id = make_bills(now=NOW)
    whose = CodeOwner(Owner.BRAND, desk.market.brand_id)
    with pytest.raises(PaidOutByProvider):
        lines.enter_open_line(actor=desk.first, line_id=line.pk, whose=whose, now=NOW)
    assert MoneyRequest.objects.filter(reference="C1").count() == 0
    assert [link_provider_payouts() for _ in range(2)] == [1, 0]
    assert (get_line(line.pk).state, get_line(line.pk).bill_id) == (LineState.PROVIDER, bill_id)
    assert all_violations() == []


def test_a_line_that_a_person_decided_stays_as_it_is(desk: Desk) -> None:
    desk.commit(desk.upload(statement(TENPAY)))
    lines.set_aside(actor=desk.first, line_id=only_line().pk, reason="渠道结算", now=NOW)
    make_bills(now=NOW)
    assert link_provider_payouts() == 0
    assert get_line(only_line().pk).state is LineState.SET_ASIDE
    assert all_violations() == []
