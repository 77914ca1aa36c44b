"""Many cases decided with one request, and goods of many received at once (AFTER-12)."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor, NotAllowed
from aftersales.models.cases import Case, Decision
from aftersales.models.refunds import Refund
from aftersales.rules import CaseAction, CaseState, Disposition, Party
from aftersales.services import cases
from aftersales.services.decisions import (
    DecisionDraft,
    InvalidDecisions,
    decide,
)
from aftersales.services.receiving import InvalidReceipt, receive_many
from brands import services as brands
from kernel.clock import set_to
from kernel.refusal import KeyRequired
from orders.selectors.orders import get_wallet_balance_fen
from tests.aftersales.purchases import DAY, HOME, SHIPPED, Purchase
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


def purchase_with_address() -> Purchase:
    purchase = Purchase(units=4)
    brands.set_return_address(
        actor=purchase.market.clerk, brand_id=purchase.market.brand_id, return_address=HOME, now=SHIPPED
    )
    return purchase


def states() -> list[str]:
    return list(Case.objects.order_by("pk").values_list("state", flat=True))


class TestDecide:
    def test_decide_does_each_and_reports_what_was_refused(self) -> None:
        purchase = purchase_with_address()
        first, second, third = (purchase.open_case(key=f"k{n}") for n in range(3))
        cases.withdraw(actor=purchase.daigou.actor, case_id=second, now=SHIPPED)
        drafts = [
            DecisionDraft(first, CaseAction.APPROVE, reason="请附吊牌"),
            DecisionDraft(second, CaseAction.APPROVE),
            DecisionDraft(third, CaseAction.REFUND_ONLY, amount_fen=20_00),
            DecisionDraft(999_999, CaseAction.REJECT, reason="没有"),
        ]
        results = decide(actor=purchase.market.ops, decisions=drafts, key="bulk", now=SHIPPED)
        assert [(each.case_id, each.is_done, each.state, each.code) for each in results] == [
            (first, True, CaseState.APPROVED, ""),
            (second, False, CaseState.WITHDRAWN, "aftersales.invalid_transition"),
            (third, True, CaseState.REFUNDED, ""),
            (999_999, False, None, "aftersales.no_such_case"),
        ]
        assert states() == ["approved", "withdrawn", "refunded"]
        assert Case.objects.get(pk=first).return_address == HOME
        assert sorted(Decision.objects.values_list("case_id", "action", "amount_fen")) == [
            (first, "approve", None),
            (third, "refund_only", 20_00),
        ]
        assert all_violations() == []

    def test_decide_twice_with_one_key_does_nothing_twice(self) -> None:
        purchase = purchase_with_address()
        drafts = [
            DecisionDraft(purchase.open_case(key="a"), CaseAction.APPROVE),
            DecisionDraft(purchase.open_case(key="b"), CaseAction.REFUND_ONLY, amount_fen=20_00),
        ]
        first = decide(actor=purchase.market.ops, decisions=drafts, key="bulk", now=SHIPPED)
        money = get_wallet_balance_fen(purchase.daigou.id)
        again = decide(actor=purchase.market.ops, decisions=drafts, key="bulk", now=SHIPPED + DAY)
        assert again == first
        assert (Refund.objects.count(), get_wallet_balance_fen(purchase.daigou.id)) == (1, money)
        late = decide(actor=purchase.market.ops, decisions=drafts, key="other", now=SHIPPED + DAY)
        assert [each.code for each in late] == ["aftersales.invalid_transition"] * 2
        other = [DecisionDraft(drafts[0].case_id, CaseAction.REJECT, reason="不同")]
        [conflict] = decide(actor=purchase.market.ops, decisions=other, key="bulk", now=SHIPPED)
        assert conflict.code == "aftersales.decision_key_conflict"
        assert states() == ["approved", "refunded"]

    def test_decide_again_after_a_refusal_tries_it_again(self) -> None:
        purchase = Purchase()
        draft = DecisionDraft(purchase.open_case(), CaseAction.APPROVE)
        [refused] = decide(actor=purchase.market.ops, decisions=[draft], key="bulk", now=SHIPPED)
        assert refused.code == "aftersales.return_address_required"
        brands.set_return_address(
            actor=purchase.market.ops, brand_id=purchase.market.brand_id, return_address=HOME, now=SHIPPED
        )
        [done] = decide(actor=purchase.market.ops, decisions=[draft], key="bulk", now=SHIPPED)
        assert done.is_done

    def test_decide_refuses_a_request_that_contradicts_itself(self) -> None:
        purchase = Purchase()
        case_id, ops = purchase.open_case(), purchase.market.ops
        reject = DecisionDraft(case_id, CaseAction.REJECT, reason="不符")
        for drafts in (
            [],
            [reject, reject],
            [DecisionDraft(case_id, CaseAction.WITHDRAW)],
            [DecisionDraft(n, CaseAction.REJECT, reason="多") for n in range(101)],
        ):
            with pytest.raises(InvalidDecisions):
                decide(actor=ops, decisions=drafts, key="k", now=SHIPPED)
        with pytest.raises(KeyRequired):
            decide(actor=ops, decisions=[reject], key=" ", now=SHIPPED)
        for actor in (purchase.market.finance, purchase.market.clerk, purchase.daigou.actor):
            with pytest.raises(NotAllowed):
                decide(actor=actor, decisions=[reject], key="k", now=SHIPPED)
        assert (states(), Decision.objects.count()) == (["requested"], 0)


class TestReceiveMany:
    def test_receive_many_does_each_and_reports_what_was_refused(self) -> None:
        purchase = Purchase()
        sent, asked = purchase.sent_back_case(), purchase.open_case(key="asked")
        results = receive_many(
            actor=purchase.market.clerk,
            case_ids=[sent, asked, sent],
            disposition=Disposition.STOCK,
            now=SHIPPED + 2 * DAY,
        )
        assert [(each.case_id, each.is_done, each.code) for each in results] == [
            (sent, True, ""),
            (asked, False, "aftersales.invalid_transition"),
        ]
        assert Case.objects.get(pk=sent).disposition == "stock"
        stranger = purchase.market.new_clerk(purchase.market.brand())
        [refused] = receive_many(actor=stranger, case_ids=[sent], disposition=Disposition.BRAND, now=SHIPPED)
        assert refused.code == "aftersales.no_such_case"
        for chosen in ([], list(range(201))):
            with pytest.raises(InvalidReceipt):
                receive_many(actor=purchase.market.clerk, case_ids=chosen, disposition=Disposition.BRAND, now=SHIPPED)
        assert all_violations() == []


class TestApi:
    def send(self, actor: Actor, path: str, method: str = "post", **body: Any) -> tuple[int, Any]:
        client = Client()
        client.force_login(Person.objects.get(pk=actor.own_id))
        answer = getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")
        return answer.status_code, answer.json()

    def test_decide_and_receive_many_over_the_api(self) -> None:
        purchase = Purchase()
        ops, clerk = purchase.market.ops, purchase.market.clerk
        first, second = purchase.open_case(key="a"), purchase.open_case(key="b")
        with set_to(SHIPPED):
            assert self.send(clerk, "brands/mine/return-address", "put", return_address=HOME)[0] == 200
            decisions = [
                {"case_id": first, "action": "approve"},
                {"case_id": second, "action": "refund_only", "amount": "20.00", "borne_by": "platform"},
            ]
            status, results = self.send(ops, "cases/decide", key="k", decisions=decisions)
            assert (status, [each["is_done"] for each in results]) == (200, [True, False])
            assert results[1]["code"] == "aftersales.liability_reason_required"
            decisions[1] |= {"liability_reason": "页面写错"}
            results = self.send(ops, "cases/decide", key="k", decisions=decisions)[1]
            assert [each["state"] for each in results] == ["approved", "refunded"]
            mine, theirs = (self.send(each, f"cases/{second}", "get")[1] for each in (purchase.daigou.actor, ops))
            assert (mine["refunded"], theirs["borne_by"], theirs["fault"]) == ("20.00", Party.PLATFORM, Party.BRAND)
            assert not {"borne_by", "fault", "liability_reason"} & mine.keys()
            path = f"cases/{first}/send-back"
            self.send(purchase.daigou.actor, path, carrier="中通快递", tracking_no="ZT0000001")
            received = self.send(clerk, "cases/receive", case_ids=[first, second])[1]
            assert [each["is_done"] for each in received] == [True, False]
            assert self.send(ops, f"cases/{first}/refund")[1]["refunded"] == f"{purchase.price_fen / 100:.2f}"
        assert all_violations() == []
