"""Events are written with the change, told to whom they concern, and read by each person for herself."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Person
from accounts.rules import Role
from accounts.services.tokens import issue_token
from config.inboxes import inbox_of
from events.models import Event
from events.rules.kinds import EventKind, Face
from events.rules.outbox import KEPT_FOR, MAX_TEXT, MAX_UNREAD_COUNT
from events.rules.sentences import TERMS, missing_data, sentences
from events.selectors import count_unread, list_events
from events.services import EventDraft, mark_all_read, publish, purge_events
from orders.services.grab import expire_unpaid
from orders.services.payment import pay
from tests.builders import HOUR, NOW, Marketplace, item_of, person

pytestmark = pytest.mark.django_db

committed = pytest.mark.django_db(transaction=True, serialized_rollback=True)
"""A transaction does not see its own events as committed, so what is read is tested with transactions of their own."""


def shipped(reseller_id: int, number: int = 1) -> EventDraft:
    return EventDraft(
        EventKind.CONSIGNMENT_SHIPPED,
        number,
        reseller_id=reseller_id,
        data={
            "order_id": number,
            "carrier": "顺丰速运",
            "carrier_en": "SF Express",
            "tracking_no": f"SF{number}",
            "units": 2,
        },
    )


def write(drafts: list[EventDraft]) -> None:
    with transaction.atomic():
        publish(drafts, now=NOW)


def test_payment_tells_the_reseller_and_each_brand_that_ships() -> None:
    market = Marketplace()
    sku = market.sku(base_price_fen=100_00)
    item = item_of(market.sale(sku), sku)
    daigou = market.reseller(wallet_fen=1_000_00)
    order = market.paid_order(daigou, item, units=2)
    [paid] = list_events(inbox_of(daigou.actor)).items
    assert (paid.kind, paid.subject_id, paid.zh) == (
        EventKind.ORDER_PAID, order.id, f"订单 {order.id} 已付款 ¥200.00，共 2 件",
    )  # fmt: skip
    assert (paid.occurred_at, paid.is_unread) == (NOW, True)
    [to_ship] = list_events(inbox_of(market.clerk)).items
    assert (to_ship.kind, to_ship.data["order_id"], to_ship.data["units"]) == (
        EventKind.CONSIGNMENT_TO_SHIP, order.id, 2,
    )  # fmt: skip
    assert list_events(inbox_of(market.new_clerk(market.brand()))).items == []
    assert list_events(inbox_of(market.ops)).items == []


def test_a_payment_that_is_rolled_back_leaves_no_event() -> None:
    """EVENT-1."""
    market = Marketplace()
    sku = market.sku()
    item = item_of(market.sale(sku), sku)
    daigou = market.reseller(wallet_fen=1_000_00)
    order = daigou.grab(item)
    with transaction.atomic():
        pay(actor=daigou.actor, order_id=order.id, now=NOW)
        assert Event.objects.count() == 2
        transaction.set_rollback(True)
    assert Event.objects.count() == 0


def test_expiry_tells_the_reseller_how_many_units_went_back() -> None:
    market = Marketplace()
    sku = market.sku()
    daigou = market.reseller()
    order = daigou.grab(item_of(market.sale(sku), sku), 3)
    assert expire_unpaid(now=NOW + HOUR) == 1
    [event] = list_events(inbox_of(daigou.actor)).items
    assert (event.kind, event.subject_id, event.data) == (
        EventKind.ORDER_EXPIRED, order.id, {"order_id": order.id, "units": 3},
    )  # fmt: skip
    assert expire_unpaid(now=NOW + HOUR) == 0
    assert Event.objects.count() == 1


@committed
def test_each_clerk_of_a_brand_has_her_own_mark() -> None:
    market = Marketplace()
    other = market.new_clerk(market.brand_id)
    drafts = [
        EventDraft(EventKind.CONSIGNMENT_TO_SHIP, n, brand_id=market.brand_id, data={"consignment_id": n, "units": 1})
        for n in (1, 2)
    ]
    write(drafts)
    mark_all_read(actor=market.clerk, now=NOW)
    assert count_unread(inbox_of(market.clerk)).unread == 0
    assert count_unread(inbox_of(other)).unread == 2
    write(drafts[:1])
    assert [event.is_unread for event in list_events(inbox_of(market.clerk)).items] == [True, False, False]
    assert count_unread(inbox_of(other)).unread == 3


def test_unread_events_are_counted_up_to_a_limit() -> None:
    market = Marketplace()
    daigou = market.reseller()
    publish([shipped(daigou.id, n) for n in range(1, MAX_UNREAD_COUNT + 2)], now=NOW)
    assert count_unread(inbox_of(daigou.actor)).unread == MAX_UNREAD_COUNT


def test_pages_of_an_inbox_neither_skip_nor_repeat() -> None:
    market = Marketplace()
    daigou = market.reseller()
    publish([shipped(daigou.id, n) for n in range(1, 8)], now=NOW)
    seen, cursor = [], ""
    while True:
        page = list_events(inbox_of(daigou.actor), cursor=cursor, limit=3)
        seen += [event.subject_id for event in page.items]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_a_draft_without_its_data_or_its_owner_is_a_bug() -> None:
    """EVENT-4."""
    with pytest.raises(ValueError, match="tracking_no"):
        publish(
            [
                EventDraft(
                    EventKind.CONSIGNMENT_SHIPPED, 1, reseller_id=1, data={"order_id": 1, "carrier": "", "units": 1}
                )
            ],
            now=NOW,
        )
    with pytest.raises(IntegrityError, match="event_names_whom_it_tells"), transaction.atomic():
        publish([EventDraft(EventKind.CONSIGNMENT_TO_SHIP, 1, data={"consignment_id": 1, "units": 1})], now=NOW)
    assert Event.objects.count() == 0


def test_a_draft_with_personal_data_is_a_bug() -> None:
    """EVENT-3."""
    draft = shipped(1)
    with pytest.raises(ValueError, match="personal data: phone"):
        publish([EventDraft(draft.kind, 1, reseller_id=1, data={**draft.data, "phone": "13800138000"})], now=NOW)
    assert Event.objects.count() == 0


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_has_its_terms_and_can_be_said(kind: EventKind) -> None:
    terms = TERMS[kind]
    assert terms.faces
    data = {name: f"<{name}>" for name in terms.named_data}
    assert missing_data(kind, data) == []
    assert all("<" in sentence and "{" not in sentence for sentence in sentences(kind, data))


def test_amounts_of_a_sentence_are_written_as_on_every_screen() -> None:
    said = sentences(EventKind.WALLET_CREDITED, {"amount": "9900.00", "reason": "单号 1234.56、¥12345.60"})
    assert said[0] == "平台给您的钱包加了 ¥9,900.00：单号 1234.56、¥12,345.60"


def test_long_texts_of_an_event_are_cut() -> None:
    draft = EventDraft(
        EventKind.CASE_DECIDED, 1, reseller_id=1, data={"case_id": 1, "decision_zh": "长" * 500, "decision_en": "x"}
    )
    publish([draft], now=NOW)
    data = Event.objects.get().data
    assert len(data["decision_zh"]) == MAX_TEXT
    assert data["decision_zh"].endswith("…")


def test_old_events_are_deleted_and_others_stay() -> None:
    publish([shipped(1, 1)], now=NOW - KEPT_FOR - timedelta(seconds=1))
    publish([shipped(1, 2)], now=NOW - KEPT_FOR)
    assert purge_events(now=NOW) == 1
    assert [event.subject_id for event in Event.objects.all()] == [2]


@committed
def test_inbox_by_api_is_that_of_the_caller(client: Client) -> None:
    market = Marketplace()
    daigou, other = market.reseller(), market.reseller()
    write([shipped(daigou.id), shipped(other.id, 2)])
    token = issue_token(actor=daigou.actor, label="t", now=NOW)
    headers = {"Authorization": f"Bearer {token}"}
    body = client.get("/api/v1/events", headers=headers).json()
    assert [(item["kind"], item["subject_id"], item["is_unread"]) for item in body["items"]] == [
        ("consignment_shipped", 1, True)
    ]
    assert client.post("/api/v1/events/read", headers=headers).json() == {"unread": 0, "max_count": MAX_UNREAD_COUNT}
    assert client.get("/api/v1/events/unread", headers=headers).json()["unread"] == 0
    assert count_unread(inbox_of(other.actor)).unread == 1


@committed
@pytest.mark.parametrize(("face", "role"), [("shop", Role.RESELLER), ("portal", Role.BRAND), ("console", Role.OPS)])
def test_inbox_page_lists_what_concerns_her_and_marks_it(client: Client, face: str, role: Role) -> None:
    market = Marketplace()
    daigou = market.reseller()
    actor = {Role.RESELLER: daigou.actor, Role.BRAND: market.clerk, Role.OPS: person(Role.OPS)}[role]
    data: dict[str, str | int | bool | None] = {"order_id": 7, "goods": "QH-1 黑 M", "units": 2, "refund": "10.00"}
    data |= {"consignment_id": 8}
    write(
        [
            EventDraft(EventKind.LINE_SHORT, 3, reseller_id=daigou.id, brand_id=market.brand_id, data=data),
            EventDraft(EventKind.CONSIGNMENT_TO_SHIP, 8, reseller_id=daigou.id, brand_id=market.brand_id, data=data),
        ]
    )
    client.force_login(Person.objects.get(pk=actor.own_id))
    page = client.get(f"/{face}/inbox/").content.decode()
    assert ("新发货单 8" in page) == (role is Role.BRAND)
    assert ("缺货 2 件" in page) == (role is not Role.BRAND)
    assert "1 条未读" in page
    assert client.post(f"/{face}/inbox/read/").status_code == 302
    assert "条未读" not in client.get(f"/{face}/inbox/").content.decode()


def test_kinds_name_the_faces_that_the_table_can_address() -> None:
    assert {face for terms in TERMS.values() for face in terms.faces} == set(Face)
