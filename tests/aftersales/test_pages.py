"""A case over the pages of the reseller, the desk and the brand, and the same over the API (AFTER-3 to AFTER-8)."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from aftersales.models.cases import Case
from aftersales.rules import CaseReason, CaseState
from aftersales.services import cases
from kernel.clock import set_to
from orders.selectors.orders import get_wallet_balance_fen
from tests.aftersales.purchases import DAY, HOME, SHIPPED, Purchase
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def ask(purchase: Purchase, **typed: Any) -> Any:
    sent = {"reason": "faulty", "units": "1", "evidence": "袖口脱线", "key": "form-1"} | typed
    address = f"/shop/orders/{purchase.order.id}/lines/{purchase.line_id}/case/"
    return signed_in(purchase.daigou.actor).post(address, sent)


class TestPages:
    def test_a_case_goes_its_whole_way_one_button_at_a_time(self) -> None:
        purchase = Purchase()
        hers, desk, brand = (
            signed_in(each) for each in (purchase.daigou.actor, purchase.market.ops, purchase.market.clerk)
        )
        before = get_wallet_balance_fen(purchase.daigou.id)
        with set_to(SHIPPED):
            assert "申请售后" in hers.get(f"/shop/orders/{purchase.order.id}/").content.decode()
            case_id = int(ask(purchase)["Location"].split("/")[-2])
            assert f"/console/cases/{case_id}/" in desk.get("/console/").content.decode()
            agreed = {"form_action": "approve", "approve-return_address": HOME, "approve-note": "请附上吊牌"}
            desk.post(f"/console/cases/{case_id}/", agreed)
            page = hers.get(f"/shop/cases/{case_id}/").content.decode()
            assert (HOME in page, "我已寄出" in page) == (True, True)
            hers.post(f"/shop/cases/{case_id}/", {"carrier": "中通快递", "tracking_no": "ZT0000001"})
            assert "确认收到" in brand.get("/portal/returns/").content.decode()
            brand.post("/portal/returns/receive/", {"one": case_id})
            assert "品牌已收到" in hers.get(f"/shop/cases/{case_id}/").content.decode()
            desk.post(f"/console/cases/{case_id}/", {"form_action": "refund"})
            assert "钱已到钱包" in hers.get(f"/shop/cases/{case_id}/").content.decode()
            assert "退货退款" in desk.get("/console/refunds/").content.decode()
        assert get_wallet_balance_fen(purchase.daigou.id) == before + purchase.price_fen
        assert all_violations() == []

    def test_cut_goods_offer_no_second_thoughts_and_refuse_those_that_are_sent_all_the_same(self) -> None:
        purchase = Purchase(cut=True)
        address = f"/shop/orders/{purchase.order.id}/lines/{purchase.line_id}/case/"
        with set_to(SHIPPED):
            page = signed_in(purchase.daigou.actor).get(address).content.decode()
            refused = ask(purchase, reason="no_longer_wanted").content.decode()
        assert 'value="no_longer_wanted"' not in page
        assert "剪标商品，不接受「不想要了」退货" in refused
        assert not Case.objects.exists()

    def test_labelled_goods_offer_every_reason(self) -> None:
        purchase = Purchase()
        address = f"/shop/orders/{purchase.order.id}/lines/{purchase.line_id}/case/"
        with set_to(SHIPPED):
            page = signed_in(purchase.daigou.actor).get(address)
            ask(purchase, reason="no_longer_wanted", evidence="")
        assert [reason for reason in CaseReason if f'value="{reason.value}"' in page.content.decode()] == list(
            CaseReason
        )
        assert Case.objects.get().reason == "no_longer_wanted"

    def test_what_is_refused_keeps_what_was_typed(self) -> None:
        purchase = Purchase()
        with set_to(SHIPPED):
            page = ask(purchase, evidence="袖口脱线", units="9").content.decode()
        assert "袖口脱线" in page
        assert not Case.objects.exists()

    def test_after_the_window_nothing_is_offered(self) -> None:
        purchase = Purchase()
        client = signed_in(purchase.daigou.actor)
        with set_to(SHIPPED + 7 * DAY):
            order = client.get(f"/shop/orders/{purchase.order.id}/").content.decode()
            page = client.get(f"/shop/orders/{purchase.order.id}/lines/{purchase.line_id}/case/").content.decode()
        assert "申请售后" not in order
        assert "售后期已过" in order
        assert "提交申请" not in page

    @pytest.mark.parametrize(("most_yuan", "offered"), [(300, True), (50, False)])
    def test_a_refund_without_return_is_offered_up_to_its_limit(
        self, settings: Any, most_yuan: int, offered: bool
    ) -> None:
        settings.REFUND_ONLY_MAX_FEN = most_yuan * 100
        purchase = Purchase()
        case_id = purchase.open_case()
        desk = signed_in(purchase.market.ops)
        with set_to(SHIPPED):
            page = desk.get(f"/console/cases/{case_id}/").content.decode()
            assert (f'name="refund_only-amount_fen" value="{purchase.price_fen / 100:.2f}"' in page) is offered
            desk.post(f"/console/cases/{case_id}/", {"form_action": "refund_only"})
        assert (Case.objects.get().state == CaseState.REFUNDED) is offered

    def test_a_refusal_names_its_reason_to_her(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case()
        with set_to(SHIPPED):
            signed_in(purchase.market.ops).post(
                f"/console/cases/{case_id}/", {"form_action": "reject", "reject-reason": "照片里没有瑕疵"}
            )
            page = signed_in(purchase.daigou.actor).get(f"/shop/cases/{case_id}/").content.decode()
        assert "平台没有同意：照片里没有瑕疵" in page

    def test_the_address_of_the_last_return_is_at_hand(self) -> None:
        purchase = Purchase()
        purchase.approved_case()
        other = purchase.open_case(key="second")
        with set_to(SHIPPED):
            assert HOME in signed_in(purchase.market.ops).get(f"/console/cases/{other}/").content.decode()

    def test_finance_looks_and_does_not_decide(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case()
        finance = signed_in(purchase.market.finance)
        with set_to(SHIPPED):
            assert finance.get(f"/console/cases/{case_id}/").status_code == 200
            answer = finance.post(
                f"/console/cases/{case_id}/", {"form_action": "approve", "approve-return_address": HOME}
            )
        assert answer.status_code == 403
        assert Case.objects.get().state == CaseState.REQUESTED

    def test_a_brand_reads_of_its_goods_and_not_of_the_reseller_or_her_price(self) -> None:
        purchase = Purchase()
        purchase.sent_back_case()
        other = purchase.market.new_clerk(purchase.market.brand())
        with set_to(SHIPPED + DAY):
            page = signed_in(purchase.market.clerk).get("/portal/returns/").content.decode()
            strange = signed_in(other).get("/portal/returns/").content.decode()
        assert "QH9" in page
        assert f"{purchase.price_fen / 100:.2f}" not in page
        assert Person.objects.get(pk=purchase.daigou.actor.own_id).name not in page
        assert "QH9" not in strange

    def test_another_reseller_finds_no_case_of_hers(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case()
        stranger = signed_in(purchase.market.reseller().actor)
        with set_to(SHIPPED):
            answers = [
                stranger.get(f"/shop/cases/{case_id}/").status_code,
                stranger.get(f"/shop/orders/{purchase.order.id}/lines/{purchase.line_id}/case/").status_code,
            ]
            stranger.post(f"/shop/cases/{case_id}/withdraw/")
        assert answers == [404, 404]
        assert Case.objects.get().state == CaseState.REQUESTED


class TestApi:
    def send(self, actor: Actor, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        answer = signed_in(actor).post(f"/api/v1/{path}", body, content_type="application/json")
        return answer.status_code, answer.json()

    def test_the_whole_way(self) -> None:
        purchase = Purchase()
        hers, ops, clerk = purchase.daigou.actor, purchase.market.ops, purchase.market.clerk
        with set_to(SHIPPED):
            [option] = signed_in(hers).get(f"/api/v1/orders/{purchase.order.id}/returnable").json()
            assert (option["returnability"], option["returnable_units"]) == ("returnable", 3)
            status, case = self.send(
                hers, "cases", line_id=purchase.line_id, units=2, reason="faulty", evidence="脱线", key="k"
            )
            assert (status, case["state"], case["is_late"]) == (201, "requested", False)
            path = f"cases/{case['id']}"
            assert self.send(ops, f"{path}/approve", return_address=HOME)[1]["state"] == "approved"
            sent = self.send(hers, f"{path}/send-back", carrier="中通快递", tracking_no="ZT0000001")
            assert sent[1]["state"] == "sent_back"
            listed = signed_in(clerk).get("/api/v1/brand/cases?state=sent_back").json()["items"]
            assert [each["id"] for each in listed] == [case["id"]]
            assert "amount" not in listed[0]
            assert self.send(clerk, f"{path}/receive")[1]["state"] == "received"
            refunded = self.send(ops, f"{path}/refund")[1]
            assert (refunded["state"], refunded["amount"]) == ("refunded", f"{2 * purchase.price_fen / 100:.2f}")
            assert self.send(ops, f"{path}/refund")[1]["refund_id"] == refunded["refund_id"]
            assert signed_in(ops).get("/api/v1/ops/cases").json()["items"] == []
            assert [each["id"] for each in signed_in(hers).get("/api/v1/cases").json()["items"]] == [case["id"]]
        assert all_violations() == []

    def test_its_refusals_carry_their_codes(self) -> None:
        purchase = Purchase(cut=True)
        hers, ops = purchase.daigou.actor, purchase.market.ops
        about = {"line_id": purchase.line_id, "units": 1, "key": "k"}
        with set_to(SHIPPED):
            refused = [
                self.send(hers, "cases", **about, reason="no_longer_wanted"),
                self.send(hers, "cases", **about, reason="faulty"),
                self.send(hers, "cases", **(about | {"units": 4}), reason="faulty", evidence="脱线"),
            ]
        with set_to(SHIPPED + 7 * DAY):
            refused.append(self.send(hers, "cases", **about, reason="faulty", evidence="脱线"))
        assert not Case.objects.exists()
        case_id = purchase.open_case()
        with set_to(SHIPPED):
            refused += [
                self.send(ops, f"cases/{case_id}/approve", return_address=" "),
                self.send(ops, f"cases/{case_id}/refund"),
                self.send(hers, f"cases/{case_id}/send-back", carrier="中通", tracking_no="ZT0000001"),
                self.send(hers, f"cases/{case_id}/approve", return_address=HOME),
                self.send(purchase.market.reseller().actor, f"cases/{case_id}/withdraw"),
            ]
        assert [(status, answer["code"]) for status, answer in refused] == [
            (409, "aftersales.reason_not_accepted"),
            (422, "aftersales.invalid_evidence"),
            (409, "orders.nothing_to_refund"),
            (409, "aftersales.not_returnable"),
            (422, "aftersales.return_address_required"),
            (409, "aftersales.invalid_transition"),
            (409, "aftersales.invalid_transition"),
            (403, "accounts.not_allowed"),
            (404, "aftersales.no_such_case"),
        ]
        assert Case.objects.get().state == CaseState.REQUESTED

    def test_a_refund_without_return_above_its_limit_is_refused(self, settings: Any) -> None:
        settings.REFUND_ONLY_MAX_FEN = 50_00
        purchase = Purchase()
        case_id = purchase.open_case()
        with set_to(SHIPPED):
            status, answer = self.send(purchase.market.ops, f"cases/{case_id}/refund-only")
        assert (status, answer["code"]) == (409, "aftersales.refund_only_not_allowed")
        cases.withdraw(actor=purchase.daigou.actor, case_id=case_id, now=SHIPPED)
