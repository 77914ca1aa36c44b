"""The queue of the console and the returns of the portal: one tap for one case, or one for many (AFTER-12)."""

import re

import pytest
from django.test import Client

from aftersales.models.cases import Case
from aftersales.models.refunds import Refund
from aftersales.services import cases
from brands import services as brands
from brands.selectors.brands import get_brand
from inventory.models import Sku
from kernel.clock import set_to
from tests.aftersales.purchases import DAY, HOME, SHIPPED, Purchase
from tests.aftersales.test_photos import signed_in
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
QUEUE = "/console/cases/"


@pytest.fixture
def purchase() -> Purchase:
    made = Purchase(units=6)
    brands.set_return_address(actor=made.market.clerk, brand_id=made.market.brand_id, return_address=HOME, now=SHIPPED)
    return made


def key_of(client: Client, address: str = QUEUE) -> str:
    found = re.search(r'name="key" value="([0-9a-f]+)"', client.get(address).content.decode())
    assert found
    return found[1]


def state(case_id: int) -> str:
    return Case.objects.get(pk=case_id).state


class TestQueue:
    def test_the_button_of_a_row_approves_this_case_and_no_other(self, purchase: Purchase) -> None:
        first, second = purchase.open_case(key="a"), purchase.open_case(key="b")
        desk = signed_in(purchase.market.ops)
        with set_to(SHIPPED):
            page = desk.get(QUEUE).content.decode()
            assert f"退到 {HOME}" in page
            sent = {"key": key_of(desk), "one": f"approve:{first}", "case_ids": [second]}
            answer = desk.post(QUEUE, sent, follow=True)
        assert "已处理 1 张售后单" in answer.content.decode()
        assert (state(first), state(second)) == ("approved", "requested")
        assert Case.objects.get(pk=first).return_address == HOME

    def test_ticked_cases_are_rejected_together_and_need_a_reason(self, purchase: Purchase) -> None:
        ids = [purchase.open_case(key=str(n)) for n in range(3)]
        desk = signed_in(purchase.market.ops)
        with set_to(SHIPPED):
            sent = {"key": key_of(desk), "action": "reject", "case_ids": ids[:2]}
            refused = desk.post(QUEUE, sent, follow=True).content.decode()
            assert refused.count("请写明原因") == 2
            desk.post(QUEUE, sent | {"reason": "照片看不出问题"})
        assert [state(each) for each in ids] == ["rejected", "rejected", "requested"]

    def test_a_part_is_refunded_of_all_that_are_ticked_at_the_cost_of_the_platform(self, purchase: Purchase) -> None:
        ids = [purchase.open_case(key=str(n)) for n in range(2)]
        desk = signed_in(purchase.market.ops)
        typed = {"amount_fen": "12.50", "borne_by": "platform", "liability_reason": "赶工"}
        with set_to(SHIPPED):
            desk.post(QUEUE, {"key": key_of(desk), "action": "refund_only", "case_ids": ids} | typed)
        refunds = Refund.objects.values_list("amount_fen", "borne_by", "units")
        assert list(refunds) == [(12_50, "platform", 0)] * 2
        assert all_violations() == []

    def test_a_form_that_cannot_be_read_decides_nothing_and_keeps_the_ticks(self, purchase: Purchase) -> None:
        case_id = purchase.open_case()
        desk = signed_in(purchase.market.ops)
        with set_to(SHIPPED):
            sent = {"key": "k", "action": "refund_only", "case_ids": [case_id], "amount_fen": "很多"}
            page = desk.post(QUEUE, sent).content.decode()
            nothing = desk.post(QUEUE, {"key": "k", "action": "approve"}).content.decode()
            strange = desk.post(QUEUE, {"key": "k", "action": "withdraw", "case_ids": [case_id]}).content.decode()
        assert "请填写金额" in page
        assert re.search(rf'value="{case_id}"[^>]*checked', page)
        assert "一次最多处理 100 张售后单" in nothing
        assert "一次最多处理 100 张售后单" in strange
        assert state(case_id) == "requested"

    def test_the_queue_leaves_out_what_waits_for_the_reseller_and_finance_only_looks(self, purchase: Purchase) -> None:
        approved, asked = purchase.approved_case(), purchase.open_case(key="b")
        finance = signed_in(purchase.market.finance)
        with set_to(SHIPPED):
            page = finance.get(QUEUE).content.decode()
            refused = finance.post(QUEUE, {"key": "k", "one": f"approve:{asked}"})
        assert (f"#{asked}<" in page, f"#{approved}<" in page, 'name="one"' in page) == (True, False, False)
        assert (refused.status_code, state(asked)) == (403, "requested")

    def test_the_page_of_a_case_leads_to_the_next_that_waits(self, purchase: Purchase) -> None:
        first, second = purchase.open_case(key="a"), purchase.open_case(key="b")
        desk = signed_in(purchase.market.ops)
        with set_to(SHIPPED):
            answer = desk.post(f"{QUEUE}{first}/", {"form_action": "approve", "approve-return_address": HOME})
        assert answer["Location"] == f"{QUEUE}{second}/"


class TestReturns:
    def sent_back(self, purchase: Purchase, key: str) -> int:
        case_id = purchase.open_case(key=key)
        cases.approve(actor=purchase.market.ops, case_id=case_id, now=SHIPPED)
        cases.send_back(
            actor=purchase.daigou.actor, case_id=case_id, carrier="中通", tracking_no=f"ZT00000{key}", now=SHIPPED
        )
        return case_id

    def test_ticked_returns_are_received_into_stock_together(self, purchase: Purchase) -> None:
        ids = [self.sent_back(purchase, key) for key in ("01", "02", "03")]
        on_hand = Sku.objects.get(pk=purchase.sku).on_hand
        brand = signed_in(purchase.market.clerk)
        with set_to(SHIPPED + DAY):
            sent = {"case_ids": ids[:2], "disposition": "stock"}
            answer = brand.post("/portal/returns/receive/", sent, follow=True)
        assert "已确认收到 2 张" in answer.content.decode()
        assert [state(each) for each in ids] == ["received", "received", "sent_back"]
        assert Sku.objects.get(pk=purchase.sku).on_hand == on_hand + 2
        assert all_violations() == []

    def test_a_return_of_another_brand_is_refused(self, purchase: Purchase) -> None:
        case_id = self.sent_back(purchase, "01")
        other = signed_in(purchase.market.new_clerk(purchase.market.brand()))
        with set_to(SHIPPED + DAY):
            answer = other.post("/portal/returns/receive/", {"one": case_id}, follow=True)
        assert f"没有这张售后单（{case_id}）" in answer.content.decode()
        assert state(case_id) == "sent_back"

    def test_the_brand_and_ops_enter_the_return_address(self, purchase: Purchase) -> None:
        market = purchase.market
        with set_to(SHIPPED):
            signed_in(market.clerk).post("/portal/returns/address/", {"return_address": "杭州仓 A"})
            assert get_brand(market.brand_id).return_address == "杭州仓 A"
            typed = {"form_action": "return_address", "return_address-return_address": "杭州仓 B"}
            signed_in(market.ops).post(f"/console/brands/{market.brand_id}/", typed)
            assert get_brand(market.brand_id).return_address == "杭州仓 B"
