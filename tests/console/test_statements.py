"""The page of statements: many at once, what a list adds up to, what a form that was changed is told."""

import csv
import io
import re

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from aftersales.rules import CaseReason
from flashsales.services.ending import close_ended
from kernel.clock import set_to
from settlement.models import Statement
from settlement.rules.statements import StatementTotals
from settlement.selectors.statements import get_statement, list_due
from settlement.services import statements as services
from tests.aftersales.purchases import DAY, SHIPPED, Purchase
from tests.builders import HOUR, NOW, Marketplace
from tests.settlement.test_life import OVER, dispute, drawn, sent
from treasury.models import MoneyRequest

pytestmark = pytest.mark.django_db


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def settled(market: Marketplace) -> int:
    statement_id, _lines = sent(market)
    services.confirm(actor=market.clerk, statement_id=statement_id, now=OVER)
    services.settle(actor=market.finance, statement_id=statement_id, now=OVER)
    return statement_id


# SETTLE-7
def test_enter_payouts_of_all_that_is_ticked_and_name_what_is_refused() -> None:
    market = Marketplace()
    market.money.bank_account(brand_id=market.brand_id, now=OVER)
    first, second = settled(market), settled(market)
    draft = drawn(market)
    finance = signed_in(market.finance)
    with set_to(OVER):
        for page in ("/console/statements/", "/console/finance/"):
            shown = finance.get(page).content.decode()
            assert "已结算，还没录入付款" in shown
            assert {str(each) for each in (first, second)} <= set(
                re.findall(r'name="statement_ids"\s+value="(\d+)"', shown)
            )
        body = {"statement_ids": [first, second, draft]}
        answer = finance.post("/console/statements/payouts/", body, follow=True).content.decode()
        assert "已录入付款 2 笔" in answer
        assert f"结算单 {draft} 未结算或已付款" in answer
        assert "已结算，还没录入付款" not in answer
        requests = MoneyRequest.objects.filter(kind="payout").order_by("statement_id")
        assert list(requests.values_list("statement_id", "state")) == [(first, "waiting"), (second, "waiting")]
        again = finance.post("/console/statements/payouts/", {"statement_ids": [first]}, follow=True).content.decode()
        assert "录入过" in again
        assert requests.count() == 2
        MoneyRequest.objects.all().delete()
        signed_in(market.ops).post("/console/statements/payouts/", body)
        assert not MoneyRequest.objects.exists()


# SETTLE-1
def test_lists_and_their_files_add_up() -> None:
    market = Marketplace()
    statement_id, _lines = sent(market)
    Statement.objects.filter(pk=statement_id).update(
        freight_fen=14_11, carrier_claims_fen=2_00, deductions_fen=6_00, netted_fen=1_00, payable_fen=489_11
    )
    totals = get_statement(statement_id).totals
    assert totals.payable_fen == totals.sold_fen - totals.refunded_fen - totals.commission_fen + totals.other_fen
    assert totals.other_fen == 9_11
    columns = (
        "快递承担（元）",
        "运费（元）",
        "扣款（元）",
        "抵扣前欠（元）",
        "异议更正（元）",
        "不足部分转下期（元）",
        "应结货款（元）",
    )
    with set_to(OVER):
        for actor, page, export in (
            (market.finance, "/console/statements/", "/api/v1/statements/export"),
            (market.clerk, "/portal/statements/", "/api/v1/brand/statements/export"),
        ):
            shown = signed_in(actor).get(page).content.decode()
            for words in ("¥9.11", "运费 ¥14.11", "扣款 −¥6.00", "抵扣前欠 −¥1.00", "快递承担 ¥2.00"):
                assert words in shown, (page, words)
            answer = signed_in(actor).get(f"{export}?format=csv")
            data = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
            [row] = csv.DictReader(io.StringIO(data))
            assert [float(row[each]) for each in columns] == [2, 14.11, 6, 1, 0, 0, 489.11]


def test_other_of_nothing_is_nothing() -> None:
    assert StatementTotals(1, 0, 100_00, 0, 20_00, 80_00).other_fen == 0


def test_generate_period_with_a_day_that_does_not_exist_is_told() -> None:
    market = Marketplace()
    with set_to(OVER):
        for day in ("2026-02-30", ""):
            body = {
                "form_action": "generate_period",
                "generate_period-brand_id": market.brand_id,
                "generate_period-kind": "month",
                "generate_period-day": day,
            }
            assert "没有生成" in signed_in(market.finance).post("/console/statements/", body).content.decode()
    assert not Statement.objects.exists()


# SETTLE-2
def test_a_draft_whose_sale_has_an_open_case_is_not_ticked() -> None:
    purchase = Purchase()
    close_ended(now=NOW + 48 * HOUR)
    finance = purchase.market.finance
    draft = services.generate_statement(actor=finance, sale_id=purchase.sale_id, now=NOW + 48 * HOUR)
    at = SHIPPED + 7 * DAY
    with set_to(at):
        assert re.search(
            rf'value="{draft.id}"[^>]*checked', signed_in(finance).get("/console/statements/").content.decode()
        )
        purchase.open_case(CaseReason.MISSING, now=at - HOUR)
        assert list_due(at=at).open_cases == {draft.id: 1}
        shown = signed_in(finance).get("/console/statements/").content.decode()
        assert "还有 1 张售后单未了结" in shown
        assert not re.search(rf'value="{draft.id}"[^>]*checked', shown)


# SETTLE-5
def test_a_refused_form_is_left_by_loading_its_address() -> None:
    market = Marketplace()
    statement_id, lines = sent(market)
    dispute(market, statement_id, lines[0], 100_00)
    with set_to(OVER):
        for actor, address, page in (
            (market.finance, f"/console/statements/{statement_id}/answers/", f"/console/statements/{statement_id}/"),
            (market.clerk, f"/portal/statements/{statement_id}/dispute/", f"/portal/statements/{statement_id}/"),
        ):
            client = signed_in(actor)
            assert client.post(address, {"line_ids": [lines[1]], "reason": ""}).status_code == 200
            assert client.get(address, follow=True).redirect_chain == [(page, 302)]
