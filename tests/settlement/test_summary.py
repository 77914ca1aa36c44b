"""A statement in short, for paper."""

import pytest

from settlement.selectors import summary
from settlement.selectors.disputes import list_disputes
from settlement.selectors.statements import get_statement
from settlement.selectors.summary import summarize
from settlement.services import disputes
from settlement.services.disputes import AnswerDraft
from tests.builders import Marketplace
from tests.settlement.test_life import OVER, dispute, sent

pytestmark = pytest.mark.django_db


# SETTLE-8
def test_summarize_adds_up_by_style_to_the_totals_and_names_adjustments(monkeypatch: pytest.MonkeyPatch) -> None:
    market = Marketplace()
    statement_id, lines = sent(market, 3)
    dispute(market, statement_id, lines[0], 170_00)
    (raised,) = list_disputes(statement_id)
    answers = [AnswerDraft(raised.id, True, "按品牌数字")]
    disputes.answer(actor=market.finance, statement_id=statement_id, answers=answers, now=OVER)
    found = summarize(get_statement(statement_id), at=OVER)
    totals = found.statement.totals
    for name in ("units", "refunded_units", "sold_fen", "refunded_fen", "commission_fen"):
        assert sum(getattr(each, name) for each in found.styles) == getattr(totals, name)
    assert sum(each.payable_fen for each in found.styles) == totals.earned_fen == totals.payable_fen - 10_00
    assert [each.adjustment_fen for each in found.adjustments] == [10_00]
    assert not found.is_cut_off
    monkeypatch.setattr(summary, "MAX_STYLES", 2)
    cut = summarize(get_statement(statement_id), at=OVER)
    assert (len(cut.styles), cut.is_cut_off) == (2, True)
