"""AFTER-16: what a carrier bears is claimed from it, and ends paid or with the platform."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from accounts.rules import NotAllowed
from aftersales.models.refunds import CarrierClaim
from aftersales.rules import CaseReason, ClaimState
from aftersales.selectors.carrier_claims import CarrierClaimView, get_claim, get_open_claims, list_claims
from aftersales.services import cases
from aftersales.services.carrier_claims import (
    ClaimHasEnded,
    ClaimReasonRequired,
    ClaimReferenceRequired,
    InvalidClaimPayment,
    mark_claimed,
    record_claim_payment,
    reject_claim,
)
from kernel.clock import set_to
from ledger.models import Posting
from ledger.rules import CARRIER_CLAIM, CLEARING, COMMISSION
from ledger.selectors.accounts import get_balance_fen
from tests.aftersales.purchases import DAY, SHIPPED, Purchase
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


def claimed(purchase: Purchase, amount_fen: int = 33_33) -> CarrierClaimView:
    """The claim of a case about damage, of which a part was refunded at the carrier's cost."""
    case_id = purchase.open_case(reason=CaseReason.DAMAGED)
    cases.refund_only(actor=purchase.market.ops, case_id=case_id, amount_fen=amount_fen, now=SHIPPED)
    [claim] = list_claims().items
    return claim


def balances() -> tuple[int, int, int]:
    """Carrier claims, clearing, commission."""
    return get_balance_fen(CARRIER_CLAIM), get_balance_fen(CLEARING), get_balance_fen(COMMISSION)


def test_a_refund_that_the_carrier_bears_opens_its_claim() -> None:
    purchase = Purchase()
    claim = claimed(purchase)
    assert (claim.state, claim.amount_fen, claim.paid_fen, claim.carrier_name_zh, claim.tracking_no) == (
        ClaimState.OPEN,
        33_33,
        0,
        "顺丰速运",
        "SF123456",
    )
    assert (claim.order_id, claim.line_id, claim.opened_at) == (purchase.order.id, purchase.line_id, SHIPPED)
    assert (get_open_claims().claims, get_open_claims().amount_fen, balances()[0]) == (1, 33_33, -33_33)
    assert all_violations() == []


def test_record_claim_payment_books_the_money_and_the_platform_bears_the_rest() -> None:
    purchase = Purchase()
    claim, market = claimed(purchase), purchase.market
    mark_claimed(actor=market.ops, claim_id=claim.id, reference="LP-7", now=SHIPPED)
    assert (get_claim(claim.id).state, get_claim(claim.id).reference) == (ClaimState.CLAIMED, "LP-7")
    _, clearing, commission = balances()
    for _again in range(2):
        record_claim_payment(
            actor=market.finance, claim_id=claim.id, amount_fen=30_00, reference="B-1", now=SHIPPED + DAY
        )
    assert balances() == (0, clearing - 30_00, commission - 3_33)
    ended = get_claim(claim.id)
    assert (ended.state, ended.paid_fen, ended.lost_fen, ended.reference, ended.claimed_at, ended.ended_at) == (
        ClaimState.PAID,
        30_00,
        3_33,
        "B-1",
        SHIPPED,
        SHIPPED + DAY,
    )
    assert get_open_claims().claims == 0
    assert all_violations() == []
    with pytest.raises(ClaimHasEnded):
        mark_claimed(actor=market.ops, claim_id=claim.id, reference="x", now=SHIPPED)
    with pytest.raises(ClaimHasEnded):
        reject_claim(actor=market.finance, claim_id=claim.id, reason="x", now=SHIPPED)
    with pytest.raises(ClaimHasEnded):
        record_claim_payment(actor=market.finance, claim_id=claim.id, amount_fen=1, reference="B-1", now=SHIPPED)
    assert get_claim(claim.id) == ended


def test_reject_claim_leaves_the_refund_with_the_platform() -> None:
    purchase = Purchase()
    claim = claimed(purchase)
    _, clearing, commission = balances()
    for _again in range(2):
        reject_claim(actor=purchase.market.finance, claim_id=claim.id, reason="包装不合格", now=SHIPPED)
    assert balances() == (0, clearing, commission - 33_33)
    assert (get_claim(claim.id).state, get_claim(claim.id).lost_fen) == (ClaimState.REJECTED, 33_33)
    assert all_violations() == []


def test_claims_refuse_other_roles_and_wrong_input() -> None:
    purchase = Purchase()
    claim, market = claimed(purchase), purchase.market
    before = balances()
    for amount_fen in (0, -1, 33_34):
        with pytest.raises(InvalidClaimPayment):
            record_claim_payment(
                actor=market.finance, claim_id=claim.id, amount_fen=amount_fen, reference="B", now=SHIPPED
            )
    with pytest.raises(ClaimReferenceRequired):
        mark_claimed(actor=market.ops, claim_id=claim.id, reference=" ", now=SHIPPED)
    with pytest.raises(ClaimReasonRequired):
        reject_claim(actor=market.finance, claim_id=claim.id, reason=" ", now=SHIPPED)
    for actor in (market.ops, market.clerk, purchase.daigou.actor):
        with pytest.raises(NotAllowed):
            record_claim_payment(actor=actor, claim_id=claim.id, amount_fen=1, reference="B", now=SHIPPED)
        with pytest.raises(NotAllowed):
            reject_claim(actor=actor, claim_id=claim.id, reason="x", now=SHIPPED)
    assert (get_claim(claim.id), balances()) == (claim, before)


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        (lambda: CarrierClaim.objects.all().delete(), "aftersales.carrier_claim"),
        (lambda: CarrierClaim.objects.update(amount_fen=1), "aftersales.carrier_claim"),
        (
            lambda: CarrierClaim.objects.update(state="rejected", ended_at=SHIPPED),
            "aftersales.claim_posting",
        ),
    ],
)
def test_integrity_names_a_refund_whose_claim_does_not_fit(harm: object, check: str) -> None:
    claimed(Purchase())
    harm()  # type: ignore[operator]
    assert check in {each.code for each in all_violations()}


def test_integrity_names_a_posting_that_does_not_fit_its_claim() -> None:
    purchase = Purchase()
    claim = claimed(purchase)
    record_claim_payment(actor=purchase.market.finance, claim_id=claim.id, amount_fen=30_00, reference="B", now=SHIPPED)
    CarrierClaim.objects.update(paid_fen=20_00)
    assert {each.code for each in all_violations()} == {"aftersales.claim_amount"}
    assert Posting.objects.filter(kind="carrier_claim").count() == 1


def test_the_database_refuses_a_claim_that_ended_and_says_otherwise() -> None:
    claimed(Purchase())
    for wrong in ({"state": "paid"}, {"paid_fen": 1}, {"state": "rejected", "ended_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CarrierClaim.objects.update(**wrong)


def test_finance_end_a_claim_on_its_page() -> None:
    purchase = Purchase()
    claim = claimed(purchase)
    finance = Client()
    finance.force_login(Person.objects.get(pk=purchase.market.finance.own_id))
    address = reverse("console:carrier_claim", args=[claim.id])
    with set_to(SHIPPED):
        assert "SF123456" in finance.get(reverse("console:carrier_claims")).content.decode()
        sent = {"form_action": "paid", "paid-amount_fen": "33.34", "paid-reference": "B-1"}
        assert "赔款须大于 0，且不超过" in finance.post(address, sent).content.decode()
        done = finance.post(address, sent | {"paid-amount_fen": "33.33"}, follow=True).content.decode()
    assert "赔款已入账" in done
    assert get_claim(claim.id).state is ClaimState.PAID
