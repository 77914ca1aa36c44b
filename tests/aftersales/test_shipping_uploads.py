"""ORDER-13: a workbook with tracking numbers that asks is answered on the page or by API, and the answers are remembered."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, Person
from accounts.services.tokens import issue_token
from aftersales.models.shipping_uploads import CarrierSpelling, ShippingLayoutAnswer, ShippingUpload
from aftersales.rules import ShippingUploadState
from aftersales.selectors.shipping_uploads import ShippingUploadView, get_shipping_upload, list_shipping_uploads
from aftersales.services import shipping_reading, shipping_uploads
from aftersales.services.shipping_workbooks import ship_by_workbook
from kernel.clock import set_to
from orders.models.shipping import Carrier, Consignment, Parcel
from orders.selectors.carriers import CarrierDraft, UnknownCarrier
from orders.services.carriers import create_carrier
from orders.services.order_workbooks import UnreadableTrackingWorkbook
from storage.files import content_key, get_store
from tests.builders import NOW, Marketplace, item_of

pytestmark = pytest.mark.django_db

NUMBER, OTHER_NUMBER = "SF1234567890", "SF9876543210"
TWO_NUMBERS = "发货单号,快递公司,快递单号,快递单号\n{id},顺丰,SF1234567890,SF9876543210\n"
NO_CARRIER = "发货单号,快递单号\n{id},SF1234567890\n"
UNKNOWN_CARRIER = "发货单号,快递公司,快递单号\n{id},丰鸟,SF1234567890\n"


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


def consignment_of(market: Marketplace) -> int:
    sku_id = market.sku(units=10)
    market.paid_order(market.reseller(wallet_fen=5000_00), item_of(market.sale(sku_id), sku_id))
    return Consignment.objects.latest("pk").pk


def send(market: Marketplace, text: str, name: str = "单号.csv") -> ShippingUploadView:
    """Send a workbook and read it; the upload as it is then."""
    made = shipping_uploads.receive_shipping_upload(actor=market.clerk, filename=name, chunks=[text.encode()], now=NOW)
    return read(market, made.id)


def read(market: Marketplace, upload_id: int) -> ShippingUploadView:
    assert shipping_reading.read_shipping_upload(upload_id=upload_id, clock=lambda: NOW)
    return get_shipping_upload(market.clerk, upload_id)


def numbers() -> list[str]:
    return list(Parcel.objects.order_by("pk").values_list("tracking_no", flat=True))


def clerk_of(market: Marketplace) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=market.clerk.own_id))
    return client


def test_read_shipping_upload_ships_each_row_and_keeps_the_result(market: Marketplace) -> None:
    consignment_id = consignment_of(market)
    view = send(market, f"发货单号,快递公司,快递单号\n{consignment_id},顺丰,{NUMBER}\n999999,顺丰,{OTHER_NUMBER}\n")
    assert (view.state, view.fault_count, view.in_progress, view.by) == (ShippingUploadState.DONE, 1, False, "店员")
    result = view.result
    assert result is not None
    assert (result.shipped, result.parcels, result.unchanged, result.short) == (1, 1, 0, 0)
    assert [(each.row, each.code) for each in result.faults] == [(3, "orders.no_such_consignment")]
    assert numbers() == [NUMBER]
    assert [each.id for each in list_shipping_uploads(market.clerk).items] == [view.id]


def test_read_shipping_upload_asks_which_of_two_columns_is_the_number(market: Marketplace) -> None:
    text = TWO_NUMBERS.format(id=consignment_of(market))
    asked = send(market, text)
    assert (asked.state, numbers()) == (ShippingUploadState.QUESTION, [])
    [question] = asked.questions
    assert (question.field, [each.col for each in question.candidates]) == ("tracking_no", ["C", "D"])
    answers = {question.fingerprint: {"D": "tracking_no"}}
    waiting = shipping_uploads.answer_shipping_upload(actor=market.clerk, upload_id=asked.id, answers=answers, now=NOW)
    assert waiting.state is ShippingUploadState.RECEIVED
    assert (read(market, asked.id).state, numbers()) == (ShippingUploadState.DONE, [OTHER_NUMBER])
    # The next workbook of the layout is not asked about, nor is one that a program ships at once.
    again = consignment_of(market)
    later = TWO_NUMBERS.format(id=again).replace("9876543210", "9876543211")
    assert send(market, later).state is ShippingUploadState.DONE
    done = ship_by_workbook(actor=market.clerk, filename="单号.csv", data=later.encode(), now=NOW)
    assert (done.unchanged, numbers()) == (1, [OTHER_NUMBER, "SF9876543211"])


def test_answers_of_one_brand_are_not_those_of_another(market: Marketplace) -> None:
    asked = send(market, TWO_NUMBERS.format(id=consignment_of(market)))
    answers = {asked.questions[0].fingerprint: {"D": "tracking_no"}}
    shipping_uploads.answer_shipping_upload(actor=market.clerk, upload_id=asked.id, answers=answers, now=NOW)
    stranger = market.new_clerk(market.brand())
    with pytest.raises(UnreadableTrackingWorkbook):
        ship_by_workbook(actor=stranger, filename="单号.csv", data=TWO_NUMBERS.format(id=1).encode(), now=NOW)
    address = reverse("portal:shipping_upload", args=[asked.id])
    client = Client()
    client.force_login(Person.objects.get(pk=stranger.own_id))
    assert client.get(address).status_code == 404


def test_answer_shipping_upload_refuses_what_was_not_asked(market: Marketplace) -> None:
    asked = send(market, TWO_NUMBERS.format(id=consignment_of(market)))
    with pytest.raises(shipping_uploads.InvalidShippingAnswers):
        shipping_uploads.answer_shipping_upload(
            actor=market.clerk, upload_id=asked.id, answers={"other": {"D": "tracking_no"}}, now=NOW
        )
    assert get_shipping_upload(market.clerk, asked.id) == asked
    assert not ShippingLayoutAnswer.objects.exists()
    shipping_uploads.cancel_shipping_upload(actor=market.clerk, upload_id=asked.id, now=NOW)
    with pytest.raises(shipping_uploads.ShippingUploadNotReady):
        shipping_uploads.answer_shipping_upload(
            actor=market.clerk, upload_id=asked.id, answers={asked.questions[0].fingerprint: {"D": "x"}}, now=NOW
        )
    assert not shipping_reading.read_shipping_upload(upload_id=asked.id, clock=lambda: NOW)
    assert numbers() == []


def test_choose_carriers_ships_the_rows_that_an_unknown_carrier_kept_back(market: Marketplace) -> None:
    first, second = consignment_of(market), consignment_of(market)
    view = send(market, UNKNOWN_CARRIER.format(id=first) + f"{second},顺丰,{OTHER_NUMBER}\n")
    assert (view.state, view.unknown_carriers, numbers()) == (ShippingUploadState.DONE, ["丰鸟"], [OTHER_NUMBER])
    sf = Carrier.objects.get(name="顺丰速运")
    shipping_uploads.choose_carriers(actor=market.clerk, upload_id=view.id, choices={"丰鸟": sf.pk}, now=NOW)
    done = read(market, view.id)
    assert done.result is not None
    assert (done.result.shipped, done.result.unchanged, done.fault_count, done.unknown_carriers) == (1, 1, 0, [])
    assert numbers() == [OTHER_NUMBER, NUMBER]
    assert set(Parcel.objects.values_list("carrier", "carrier_name")) == {(sf.pk, "顺丰速运")}
    # The word is remembered, in any width and case.
    third = consignment_of(market)
    later = send(market, f"发货单号,快递公司,快递单号\n{third},丰 鸟,SF1111111111\n")
    assert (later.fault_count, numbers()[-1]) == (0, "SF1111111111")


def test_choose_carriers_refuses_other_words_and_inactive_carriers(market: Marketplace) -> None:
    view = send(market, UNKNOWN_CARRIER.format(id=consignment_of(market)))
    sf = Carrier.objects.get(name="顺丰速运")
    with pytest.raises(shipping_uploads.CarrierNotAsked):
        shipping_uploads.choose_carriers(actor=market.clerk, upload_id=view.id, choices={"中通": sf.pk}, now=NOW)
    Carrier.objects.filter(pk=sf.pk).update(is_active=False)
    with pytest.raises(UnknownCarrier):
        shipping_uploads.choose_carriers(actor=market.clerk, upload_id=view.id, choices={"丰鸟": sf.pk}, now=NOW)
    assert get_shipping_upload(market.clerk, view.id) == view
    assert (CarrierSpelling.objects.count(), numbers()) == (0, [])


def test_choose_carriers_keeps_the_words_of_the_workbook_in_the_log(market: Marketplace) -> None:
    view = send(market, UNKNOWN_CARRIER.format(id=consignment_of(market)))
    sf = Carrier.objects.get(name="顺丰速运")
    choices = {f"丰{' ' * spaces}鸟": sf.pk for spaces in range(100)}
    with CaptureQueriesContext(connection) as captured:
        shipping_uploads.choose_carriers(actor=market.clerk, upload_id=view.id, choices=choices, now=NOW)
    entry = AuditEntry.objects.get(action="aftersales.choose_carriers")
    assert entry.details == {"carrier": "丰鸟 → 顺丰速运"}
    assert len(captured) <= 14


# ORDER-9
def test_a_carrier_that_ops_add_with_an_alias_ships_by_workbook(market: Marketplace) -> None:
    text = UNKNOWN_CARRIER.format(id=consignment_of(market))
    assert (send(market, text).fault_count, numbers()) == (1, [])
    draft = CarrierDraft(code="fengniao", name="蜂鸟配送", name_en="Fengniao", aliases=("丰鸟",))
    carrier = create_carrier(actor=market.ops, draft=draft, now=NOW)
    view = send(market, text)
    assert (view.fault_count, view.unknown_carriers) == (0, [])
    assert list(Parcel.objects.values_list("carrier", "carrier_name", "tracking_no")) == [
        (carrier.id, "蜂鸟配送", NUMBER)
    ]


def test_the_spelling_of_ops_counts_before_that_of_a_brand(market: Marketplace) -> None:
    view = send(market, UNKNOWN_CARRIER.format(id=consignment_of(market)))
    zto = Carrier.objects.get(name="中通快递")
    shipping_uploads.choose_carriers(actor=market.clerk, upload_id=view.id, choices={"丰鸟": zto.pk}, now=NOW)
    draft = CarrierDraft(code="fengniao", name="蜂鸟配送", name_en="Fengniao", aliases=("丰鸟",))
    create_carrier(actor=market.ops, draft=draft, now=NOW)
    read(market, view.id)
    assert Parcel.objects.get().carrier_name == "蜂鸟配送"


def test_the_page_asks_and_ships_once_answered(market: Marketplace) -> None:
    client, consignment_id = clerk_of(market), consignment_of(market)
    with set_to(NOW):
        file = SimpleUploadedFile("单号.csv", NO_CARRIER.format(id=consignment_id).encode())
        page = client.post(reverse("portal:shipping_uploads"), {"file": file}, follow=True).content.decode()
        upload = ShippingUpload.objects.get()
        [question] = get_shipping_upload(market.clerk, upload.pk).questions
        assert ("整张表都是同一家" in page, "就按这样读" in page) == (True, True)
        name = f"{question.fingerprint}:{question.field}"
        address = reverse("portal:shipping_upload_answers", args=[upload.pk])
        refused = client.post(address, {name: "="}, follow=True).content.decode()
        assert ("回答与所问的列对不上" in refused, numbers()) == (True, [])
        sent = {name: "=", f"{question.fingerprint}:all": "顺丰速运"}
        done = client.post(address, sent, follow=True).content.decode()
    assert "已处理" in done
    assert list(Parcel.objects.values_list("carrier_name", "tracking_no")) == [("顺丰速运", NUMBER)]


def test_the_page_asks_which_carrier_a_word_means(market: Marketplace) -> None:
    client = clerk_of(market)
    with set_to(NOW):
        file = SimpleUploadedFile("单号.csv", UNKNOWN_CARRIER.format(id=consignment_of(market)).encode())
        page = client.post(reverse("portal:shipping_uploads"), {"file": file}, follow=True).content.decode()
        assert "这些快递公司是哪一家？" in page
        upload = ShippingUpload.objects.get()
        sf = Carrier.objects.get(name="顺丰速运")
        address = reverse("portal:shipping_upload_carriers", args=[upload.pk])
        done = client.post(address, {"word-1": "丰鸟", "carrier-1": str(sf.pk)}, follow=True).content.decode()
        assert "单号.csv" in client.get(reverse("portal:shipping_uploads")).content.decode()
    assert ("这些快递公司是哪一家？" in done, numbers()) == (False, [NUMBER])


def test_a_large_workbook_is_read_by_a_worker(market: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.pages.shipping_uploads.READ_AT_ONCE_BYTES", 10)
    client, consignment_id = clerk_of(market), consignment_of(market)
    with set_to(NOW):
        file = SimpleUploadedFile("单号.csv", f"发货单号,快递公司,快递单号\n{consignment_id},顺丰,{NUMBER}\n".encode())
        page = client.post(reverse("portal:shipping_uploads"), {"file": file}, follow=True).content.decode()
        upload = ShippingUpload.objects.get()
        assert ('hx-trigger="every 1s"' in page, numbers()) == (True, [])
        assert shipping_reading.claimable_uploads(now=NOW) == [upload.pk]
        read(market, upload.pk)
        progress = client.get(reverse("portal:shipping_upload_progress", args=[upload.pk]))
    assert progress.headers["HX-Redirect"] == reverse("portal:shipping_upload", args=[upload.pk])
    assert numbers() == [NUMBER]


def test_programs_send_answer_and_read(market: Marketplace) -> None:
    token = issue_token(actor=market.clerk, label="erp", now=NOW)
    api = Client(headers={"authorization": f"Bearer {token}"})
    with set_to(NOW):
        file = SimpleUploadedFile("单号.csv", TWO_NUMBERS.format(id=consignment_of(market)).encode())
        sent = api.post("/api/v1/shipping-uploads", {"file": file})
        assert (sent.status_code, sent.json()["state"]) == (201, "received")
        upload_id = sent.json()["id"]
        read(market, upload_id)
        [question] = api.get(f"/api/v1/shipping-uploads/{upload_id}").json()["questions"]
        body = {"answers": {question["fingerprint"]: {"C": "tracking_no"}}}
        answer = api.post(f"/api/v1/shipping-uploads/{upload_id}/answers", body, content_type="application/json")
        assert (answer.status_code, answer.json()["state"]) == (200, "received")
        read(market, upload_id)
        shown = api.get("/api/v1/shipping-uploads").json()["items"]
    assert [(each["state"], each["result"]["shipped"]) for each in shown] == [("done", 1)]
    assert numbers() == [NUMBER]


# PRIVACY-5
def test_erase_expired_deletes_the_file_and_what_quotes_it(market: Marketplace) -> None:
    done = send(market, UNKNOWN_CARRIER.format(id=consignment_of(market)))
    asked = send(market, TWO_NUMBERS.format(id=consignment_of(market)))
    keys = [content_key(shipping_reading.WORKBOOKS, each.sha256) for each in ShippingUpload.objects.order_by("pk")]
    later = NOW + timedelta(days=3, seconds=1)
    assert shipping_reading.erase_expired(now=NOW + timedelta(days=3)) == 0
    assert shipping_reading.erase_expired(now=later) == 2
    rows = ShippingUpload.objects.order_by("pk").values_list("state", "questions", "unknown_carriers", "erased_at")
    assert list(rows) == [("done", [], [], later), ("cancelled", [], [], later)]
    view = get_shipping_upload(market.clerk, done.id)
    assert view.result is not None
    assert (view.fault_count, view.result.faults, view.result.left) == (1, [], [])
    with pytest.raises(shipping_uploads.ShippingUploadNotReady):
        shipping_uploads.choose_carriers(actor=market.clerk, upload_id=done.id, choices={"丰鸟": 1}, now=later)
    assert get_shipping_upload(market.clerk, asked.id).state is ShippingUploadState.CANCELLED
    # Files are stored by the real clock: the folder keeps what came lately.
    assert all(get_store().head(key) is not None for key in keys)
