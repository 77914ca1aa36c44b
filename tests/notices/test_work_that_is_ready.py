"""A settled statement and a workbook that was read: every inbox has them, channels only where somebody chose so (NOTICE-1, 2 and 4)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from aftersales.services import shipping_reading
from aftersales.services.shipping_uploads import receive_shipping_upload
from flashsales.services.ending import close_ended
from inventory.uploads.parse import read_upload
from inventory.uploads.receive import receive_upload
from kernel.clock import set_to
from notices.models import Notice
from notices.rules import GATHERED_FOR, Channel, Topic
from orders.models.shipping import Consignment
from orders.services.shipping import ship
from orders.uploads import parse
from settlement.services.statements import generate_statement
from tests.builders import HOUR, NOW, Marketplace, item_of
from tests.inventory import stock_workbooks
from tests.notices.people import has_address, states, wants
from tests.notices.smtp_server import Smtp
from tests.orders import order_files
from tests.outbox import deliver, write_notices
from tests.statements import settle_draft

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
"""A transaction does not see its own events in the outbox."""

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NOON = (11 * 60, 13 * 60)
"""Quiet hours around `NOW`, and around the same hour of any other day."""


@dataclass(frozen=True)
class Ready:
    """Something that became ready: whom it concerns, somebody whom it does not, where her inbox is, and what it says."""

    who: Actor
    stranger: Actor
    topic: Topic
    inbox: str
    act: Callable[[], object]
    at: datetime
    sentences: tuple[str, ...]


def statement() -> Ready:
    market = Marketplace()
    sku = market.sku(units=10, base_price_fen=100_00)
    sale_id = market.sale(sku)
    market.paid_order(market.reseller(wallet_fen=3000_00), item_of(sale_id, sku), 4)
    ship(
        actor=market.clerk,
        consignment_id=Consignment.objects.get().pk,
        carrier="顺丰",
        tracking_no="SF12345678",
        now=NOW,
    )
    close_ended(now=NOW + 2 * DAY)
    at = NOW + 9 * DAY
    draft = generate_statement(actor=market.finance, sale_id=sale_id, now=at)
    return Ready(
        market.clerk, market.new_clerk(market.brand()), Topic.STATEMENT, "/portal/inbox/",
        lambda: settle_draft(market, draft.id, now=at), at,
        (
            f"结算单 {draft.id} 已定稿，应付 ¥320.00：请在 3 天内确认，或对明细提出异议；到期没有异议即为确认",
            f"结算单 {draft.id} 已结算，应付 ¥320.00",
        ),
    )  # fmt: skip


def stock_workbook() -> Ready:
    market = Marketplace()
    data = stock_workbooks.workbook(stock_workbooks.Line())
    upload_id = receive_upload(actor=market.clerk, filename="库存.csv", chunks=[data], now=NOW).id
    return Ready(
        market.clerk, market.new_clerk(market.brand()), Topic.UPLOAD, "/portal/inbox/",
        lambda: read_upload(upload_id=upload_id, clock=lambda: NOW), NOW,
        (f"库存表（上传 {upload_id}）已读完，请核对后确认",),
    )  # fmt: skip


def shipping_workbook() -> Ready:
    market = Marketplace()
    text = "发货单号,快递公司,快递单号\n999999,顺丰,SF12345678\n"
    upload = receive_shipping_upload(actor=market.clerk, filename="单号.csv", chunks=[text.encode()], now=NOW)
    return Ready(
        market.clerk, market.new_clerk(market.brand()), Topic.UPLOAD, "/portal/inbox/",
        lambda: shipping_reading.read_shipping_upload(upload_id=upload.id, clock=lambda: NOW), NOW,
        (f"发货表（上传 {upload.id}）已处理，发货已登记",),
    )  # fmt: skip


def order_workbook() -> Ready:
    market = Marketplace()
    sku = market.sku()
    market.sale(sku)
    daigou = market.reseller()
    upload_id = order_files.send(daigou, order_files.workbook(order_files.line(sku)))
    return Ready(
        daigou.actor, market.reseller().actor, Topic.UPLOAD, "/shop/inbox/",
        lambda: parse.read_upload(upload_id=upload_id, clock=lambda: NOW), NOW,
        (f"下单表格（上传 {upload_id}）已读完，请核对后确认",),
    )  # fmt: skip


def inbox_of(actor: Actor, ready: Ready) -> str:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    with set_to(ready.at):
        return client.get(ready.inbox).content.decode()


EVERY = pytest.mark.parametrize("make", [statement, stock_workbook, shipping_workbook, order_workbook])


@EVERY
def test_what_is_ready_stands_in_the_inbox_and_is_sent_where_it_was_chosen(
    make: Callable[[], Ready], smtp: Smtp
) -> None:
    ready = make()
    wants(ready.who, (ready.topic, Channel.MAIL))
    wants(ready.stranger, (ready.topic, Channel.MAIL))
    for actor, address in ((ready.who, "amy@example.com"), (ready.stranger, "bea@example.com")):
        has_address(actor, Channel.MAIL, address)
    write_notices(now=ready.at)
    assert ready.act()
    assert deliver(clock=lambda: ready.at) == 0
    assert deliver(clock=lambda: ready.at + GATHERED_FOR) == 1
    [mail] = smtp.mails
    assert mail["To"] == "amy@example.com"
    assert mail.get_content().splitlines() == list(ready.sentences)
    hers, strangers = inbox_of(ready.who, ready), inbox_of(ready.stranger, ready)
    assert [sentence in hers for sentence in ready.sentences] == [True] * len(ready.sentences)
    assert [sentence in strangers for sentence in ready.sentences] == [False] * len(ready.sentences)


@EVERY
def test_what_is_ready_is_not_sent_where_nothing_was_chosen(make: Callable[[], Ready], smtp: Smtp) -> None:
    """An address alone is no choice, and another topic is none either; the inbox has it all the same."""
    ready = make()
    has_address(ready.who, Channel.MAIL)
    other = Topic.TO_SHIP if ready.topic is not Topic.TO_SHIP and ready.inbox == "/portal/inbox/" else Topic.WISH
    wants(ready.who, (other, Channel.MAIL))
    write_notices(now=ready.at)
    assert ready.act()
    assert deliver(clock=lambda: ready.at + GATHERED_FOR) == 0
    assert (Notice.objects.count(), smtp.mails) == (0, [])
    assert ready.sentences[-1] in inbox_of(ready.who, ready)


@EVERY
def test_what_is_ready_in_quiet_hours_is_sent_at_their_end(make: Callable[[], Ready], smtp: Smtp) -> None:
    """Neither a statement nor a workbook is a deadline: it waits, also where deadlines may pass."""
    ready = make()
    wants(ready.who, (ready.topic, Channel.MAIL), quiet=NOON, urgent_passes=True)
    has_address(ready.who, Channel.MAIL)
    write_notices(now=ready.at)
    assert ready.act()
    assert deliver(clock=lambda: ready.at + GATHERED_FOR) == 0
    assert deliver(clock=lambda: ready.at + HOUR - MINUTE) == 0
    assert {state for state, _ in states()} == {"waiting"}
    assert deliver(clock=lambda: ready.at + HOUR) == 1
    assert len(smtp.mails) == 1
    assert ready.sentences[-1] in inbox_of(ready.who, ready)
