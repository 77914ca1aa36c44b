"""Transfers that resellers register: limits, receipts, and who sees what (TRANSFER-1, TRANSFER-2)."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from PIL import Image

from accounts.models import Person
from bank_statements.models import TransferClaim
from bank_statements.rules import CodeOwner, Owner, transfer_code
from bank_statements.selectors.claims import (
    NoSuchClaim,
    list_open_claims,
    list_own_claims,
    read_own_receipt,
    read_receipt,
    receipt_key,
)
from bank_statements.services import claims
from bank_statements.services.claims import (
    ClaimFields,
    ClaimNotWaiting,
    InvalidClaim,
    InvalidClaimDay,
    NotAReceipt,
    SimilarClaim,
    TooManyClaims,
)
from events.models import Event
from kernel.refusal import Refusal
from storage.files import get_store, store_bytes
from tests.builders import NOW, Daigou, Marketplace
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
TODAY, DAY = NOW.date(), timedelta(days=1)


def receipt(colour: str = "white") -> io.BytesIO:
    """A picture that says where it was taken."""
    picture, exif = Image.new("RGB", (600, 900), colour), Image.Exif()
    exif[0x010F] = "PhoneMaker"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    out.seek(0)
    return out


def claim(her: Daigou, amount_fen: int = 100_00, **options: object) -> int:
    fields = ClaimFields(amount_fen, TODAY, "王小美", "0128")
    return claims.make_claim(actor=her.actor, fields=fields, now=NOW, **options).id  # type: ignore[arg-type]


# TRANSFER-2
def test_a_claim_waits_and_the_same_one_is_made_once() -> None:
    her = Marketplace().reseller()
    first = claim(her)
    assert claim(her) == first
    (view,) = list_own_claims(her.actor)
    assert (view.state.value, view.amount_fen, view.payer, view.last_digits) == ("waiting", 100_00, "王小美", "0128")
    claims.cancel_claim(actor=her.actor, claim_id=first, now=NOW)
    with pytest.raises(ClaimNotWaiting):
        claims.cancel_claim(actor=her.actor, claim_id=first, now=NOW)
    assert claim(her) != first
    assert all_violations() == []


# TRANSFER-2
def test_a_claim_like_one_that_waits_is_asked_about_first(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    her = Marketplace().reseller()
    first = claim(her)
    like_it = ClaimFields(100_00, TODAY, "王小美")
    with pytest.raises(SimilarClaim) as refused:
        claims.make_claim(actor=her.actor, fields=like_it, now=NOW)
    assert (refused.value.claim_id, TransferClaim.objects.count()) == (first, 1)
    client.force_login(Person.objects.get(pk=her.actor.own_id))
    address = "/shop/wallet/transfers/"
    asks = 'type="checkbox" name="is_another"'
    assert asks not in client.get(address).content.decode()
    typed = {"amount": "100", "paid_on": f"{TODAY}", "payer": "王小美", "last_digits": ""}
    page = client.post(address, typed).content.decode()
    assert ("您已经登记过" in page, asks in page, TransferClaim.objects.count()) == (True, True, 1)
    assert client.post(address, typed | {"is_another": "on"}).status_code == 302
    assert TransferClaim.objects.count() == 2
    claim(her, 200_00)


# TRANSFER-2
def test_a_receipt_is_stored_anew_and_only_she_and_the_platform_see_it() -> None:
    market = Marketplace()
    her, other = market.reseller(), market.reseller()
    claim_id = claim(her, receipt=receipt())
    stored = read_own_receipt(her.actor, claim_id)
    assert b"PhoneMaker" not in stored
    assert Image.open(io.BytesIO(stored)).format == "JPEG"
    assert read_receipt(claim_id) == stored
    with pytest.raises(NoSuchClaim):
        read_own_receipt(other.actor, claim_id)
    with pytest.raises(NotAReceipt):
        claim(her, 2_00, receipt=io.BytesIO(b"no picture"))
    assert TransferClaim.objects.count() == 1


# TRANSFER-2
@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        (ClaimFields(0, TODAY, "王"), InvalidClaim),
        (ClaimFields(1, TODAY, " "), InvalidClaim),
        (ClaimFields(1, TODAY, "王" * 121), InvalidClaim),
        (ClaimFields(1, TODAY, "王", "12"), InvalidClaim),
        (ClaimFields(1, TODAY, "王", "12a4"), InvalidClaim),
        (ClaimFields(1, TODAY + timedelta(days=1), "王"), InvalidClaimDay),
        (ClaimFields(1, TODAY - timedelta(days=61), "王"), InvalidClaimDay),
    ],
)
def test_a_claim_that_makes_no_sense_is_refused(fields: ClaimFields, refusal: type[Refusal]) -> None:
    her = Marketplace().reseller()
    with pytest.raises(refusal):
        claims.make_claim(actor=her.actor, fields=fields, now=NOW)
    assert not TransferClaim.objects.exists()


# TRANSFER-2
def test_claims_are_limited_at_once_and_per_day() -> None:
    her = Marketplace().reseller()
    made = [claim(her, fen) for fen in range(1, 11)]
    with pytest.raises(TooManyClaims):
        claim(her, 11)
    for each in made:
        claims.cancel_claim(actor=her.actor, claim_id=each, now=NOW)
    for fen in range(11, 21):
        claims.cancel_claim(actor=her.actor, claim_id=claim(her, fen), now=NOW)
    with pytest.raises(TooManyClaims):
        claim(her, 99)
    fields = ClaimFields(99, TODAY, "王小美")
    claims.make_claim(actor=her.actor, fields=fields, now=NOW + timedelta(days=1, seconds=1))


# TRANSFER-2
def test_finance_tells_why_a_transfer_was_not_found() -> None:
    market = Marketplace()
    her = market.reseller()
    claim_id = claim(her)
    assert [each.id for each in list_open_claims().items] == [claim_id]
    with pytest.raises(Refusal):
        claims.refuse_claim(actor=market.ops, claim_id=claim_id, reason="没有", now=NOW)
    claims.refuse_claim(actor=market.finance, claim_id=claim_id, reason="流水里没有这笔", now=NOW)
    (view,) = list_own_claims(her.actor)
    assert (view.state.value, view.reason) == ("not_found", "流水里没有这笔")
    event = Event.objects.get(kind="transfer_not_found")
    assert event.data == {"amount": "100.00", "paid_on": "2026-11-22", "reason": "流水里没有这笔"}
    assert list_open_claims().items == []
    assert all_violations() == []


# TRANSFER-1
def test_her_pages_show_the_code_and_register_a_transfer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.clock.now", lambda: NOW)
    market = Marketplace()
    her, other = market.reseller(), market.reseller()
    client.force_login(Person.objects.get(pk=her.actor.own_id))
    code = transfer_code(CodeOwner(Owner.RESELLER, her.id))
    assert code in client.get("/shop/wallet/").content.decode()
    typed = {"amount": "88.5", "paid_on": "2026-11-22", "payer": "王小美", "last_digits": "01", "receipt": receipt()}
    refused = client.post("/shop/wallet/transfers/", typed).content.decode()
    assert 'value="88.5"' in refused
    typed |= {"last_digits": "0128", "receipt": receipt()}
    page = client.post("/shop/wallet/transfers/", typed, follow=True).content.decode()
    assert "已登记" in page
    claim_id = TransferClaim.objects.get().pk
    assert client.get(f"/shop/wallet/transfers/{claim_id}/receipt.jpg")["Content-Type"] == "image/jpeg"
    client.force_login(Person.objects.get(pk=other.actor.own_id))
    assert client.get(f"/shop/wallet/transfers/{claim_id}/receipt.jpg").status_code == 404
    assert "88.50" not in client.get("/shop/wallet/transfers/").content.decode()
    client.force_login(Person.objects.get(pk=market.finance.own_id))
    page = client.get(f"/console/transfer-claims/{claim_id}/").content.decode()
    assert f"/console/transfer-claims/{claim_id}/receipt.jpg" in page
    client.post(f"/console/transfer-claims/{claim_id}/", {"form_action": "not_found", "not_found-reason": "没有"})
    assert TransferClaim.objects.get().not_found_reason == "没有"


# TRANSFER-2, PRIVACY-5
def test_receipts_are_erased_when_their_claim_was_decided_long_ago() -> None:
    market = Marketplace()
    her, other = market.reseller(), market.reseller()
    ended, waiting = claim(her, 1_00, receipt=receipt("red")), claim(her, 2_00, receipt=receipt("green"))
    refused, shared = claim(other, 3_00, receipt=receipt("blue")), claim(other, 4_00, receipt=receipt("green"))
    for actor, claim_id in ((her.actor, ended), (other.actor, shared)):
        claims.cancel_claim(actor=actor, claim_id=claim_id, now=NOW)
    claims.refuse_claim(actor=market.finance, claim_id=refused, reason="没有到账", now=NOW + 90 * DAY)
    store_bytes(receipt_key("0" * 64), b"of a claim that was never stored", now=NOW)
    with_receipt = TransferClaim.objects.exclude(receipt="")
    claims.erase_receipts(now=NOW + 179 * DAY)
    assert with_receipt.count() == 4
    assert get_store().head(receipt_key("0" * 64)) is None
    claims.erase_receipts(now=NOW + 181 * DAY)
    assert set(with_receipt.values_list("pk", flat=True)) == {waiting, refused}
    for gone in (ended, shared):
        with pytest.raises(NoSuchClaim):
            read_receipt(gone)
    # The same picture belongs to a claim that waits: its file stays.
    assert read_receipt(waiting)
    assert read_receipt(refused)
    assert claims.erase_receipts(now=NOW + 271 * DAY) == 1
    assert list(with_receipt.values_list("pk", flat=True)) == [waiting]
    assert claims.erase_receipts(now=NOW + 271 * DAY) == 0
    assert all_violations() == []
