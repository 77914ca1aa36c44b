"""PRIVACY-5 and PRIVACY-6: time walks forward, and at the end every text of the database and every stored file is searched."""

import io
import os
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, connection, transaction
from django.db.models import JSONField, TextField
from django.db.models.functions import Cast
from pytest_django import Settings

from aftersales.models.cases import Case
from aftersales.models.refunds import Refund
from aftersales.rules import CaseReason
from aftersales.selectors.cases import get_return_options
from aftersales.services import cases
from aftersales.services.brand_enquiries import pass_to_brand
from aftersales.services.enquiries import close_enquiry, erase_messages, open_enquiry
from aftersales.services.erasure import erase_contacts
from aftersales.services.fault_reports import FaultFields, ReportedLine, create_report
from aftersales.services.refunds import report_out_of_stock
from aftersales.services.shipping_reading import erase_expired as erase_shipping_uploads
from aftersales.services.shipping_reading import read_shipping_upload
from aftersales.services.shipping_uploads import receive_shipping_upload
from forwarding.models import Wish
from forwarding.services.wishes import anonymize_wishes
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.models.shipping import Consignment
from orders.models.uploads import OrderUpload
from orders.rules.lines import Take
from orders.selectors.orders import OrderView, get_own_order
from orders.selectors.parcel_events import list_order_parcels
from orders.services import grab, payment, recipients, shipping
from orders.services.cart import set_remark
from orders.services.parcel_tracking import apply_reports, follow_parcels
from orders.services.placing import GrabLine
from orders.uploads.commit import commit_upload
from orders.uploads.erase import erase_expired
from orders.uploads.selectors import WORKBOOKS
from settlement.models import ComparisonDifference
from settlement.uploads.erasing import erase_expired as erase_lists
from storage.files import content_key, get_store
from tests.architecture.test_text_columns import ERASED, columns_of
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.built_once import built_once_class
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.orders.order_files import line, preview
from tests.settlement.test_life import sent
from tests.settlement.test_reconciliation import uploaded
from tests.violations import all_violations
from tracking.models import TrackedWaybill, WaybillEvent
from tracking.rules import CarrierEvent, Report

pytestmark = pytest.mark.django_db
NAME, PHONE, STREET = "欧阳晓晴", "18412345678", "仓前路九号三幢"
MARKS = (NAME, PHONE, STREET)
WINDOW, KEPT = settings.AFTER_SALES_WINDOW, settings.CONTACTS_KEPT
SECOND = timedelta(seconds=1)


def places_with_marks() -> list[str]:
    """The tables that hold one of the marks in any column of any row, and the keys of stored files that do."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            cursor.execute(
                f"SELECT count(*) FROM {connection.ops.quote_name(table)} t WHERE t::text LIKE ANY(%s)",
                [[f"%{mark}%" for mark in MARKS]],
            )
            found += [table] * cursor.fetchone()[0]
    return found + [key for key, data in stored_files() if any(mark.encode() in data for mark in MARKS)]


def stored_files() -> Iterator[tuple[str, bytes]]:
    for page in get_store().pages(""):
        for each in page:
            data = get_store().read(each.key)
            yield each.key, data
            if zipfile.is_zipfile(io.BytesIO(data)):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    # The store is that of all tests of this process, and some of them keep damaged archives.
                    if archive.testzip() is None:
                        yield from ((each.key, archive.read(name)) for name in archive.namelist())


def customer(daigou: Daigou) -> int:
    address = f"浙江省杭州市余杭区{STREET}"
    return recipients.add_recipient(actor=daigou.actor, name=NAME, phone=PHONE, address=address, now=NOW).id


@built_once_class
class MarkedOrder:
    """A paid order for the marked customer with a remark, two units of one line and one of another."""

    def __init__(self) -> None:
        self.market = Marketplace()
        skus = self.market.sku(units=10), self.market.sku(units=10)
        sale = self.market.sale(*skus)
        self.daigou = self.market.reseller(wallet_fen=3000_00)
        self.recipient_id = customer(self.daigou)
        lines = [GrabLine(item_of(sale, sku), 2, self.recipient_id, remark=f"{NAME}的，打 {PHONE}") for sku in skus]
        placed = grab.grab(actor=self.daigou.actor, lines=lines, key="marked", now=NOW)
        self.order: OrderView = payment.pay(actor=self.daigou.actor, order_id=placed.id, now=NOW)

    def ship(self, now: datetime) -> None:
        consignment = Consignment.objects.get()
        shipping.ship(
            actor=self.market.clerk, consignment_id=consignment.pk, carrier="顺丰", tracking_no="SF1234567", now=now
        )

    def open_case(self, now: datetime) -> int:
        line = self.order.lines[0].id
        return cases.open_case(
            actor=self.daigou.actor,
            line_id=line,
            units=1,
            reason=CaseReason.FAULTY,
            evidence=f"{NAME}收到脱线，{STREET}",
            key="case",
            now=now,
        ).id

    def book_entry_is_unchanged(self) -> bool:
        row = Recipient.objects.get(pk=self.recipient_id)
        return (row.name, row.phone, row.erased_at) == (NAME, PHONE, None)


def test_erase_contacts_leaves_no_trace_of_a_customer_anywhere() -> None:
    marked = MarkedOrder()
    report_out_of_stock(
        actor=marked.market.clerk, line_id=marked.order.lines[1].id, units=1, note=f"{NAME}的少一件", key="s", now=NOW
    )
    set_remark(actor=marked.daigou.actor, line_id=marked.order.lines[0].id, remark=f"{NAME} 改打 {PHONE}", now=NOW)
    marked.ship(NOW)
    case_id = marked.open_case(NOW)
    cases.reject(actor=marked.market.ops, case_id=case_id, reason=f"已致电 {PHONE}，不成立", now=NOW)
    before = get_own_order(marked.daigou.id, marked.order.id)
    # The control: there is something to be found.
    assert {
        "orders_recipient",
        "orders_consignment",
        "orders_orderline",
        "aftersales_case",
        "aftersales_refund",
    } <= set(places_with_marks())
    due = NOW + WINDOW + KEPT
    assert erase_contacts(now=due - SECOND) == 0
    assert erase_contacts(now=due) == 1
    assert places_with_marks() == ["orders_recipient"]
    assert marked.book_entry_is_unchanged()
    after = get_own_order(marked.daigou.id, marked.order.id)
    assert [(line.price_fen, line.units, line.refunded_fen, line.tracking_no, line.remark) for line in after.lines] == [
        (line.price_fen, line.units, line.refunded_fen, line.tracking_no, "") for line in before.lines
    ]
    assert {line.recipient.name for line in after.lines} == {""}
    assert Case.objects.get().decision == "已致电 ***，不成立"
    recipients.hide_recipient(actor=marked.daigou.actor, recipient_id=marked.recipient_id, now=due)
    assert erase_contacts(now=due + timedelta(days=1)) == 1
    assert places_with_marks() == []
    assert all_violations() == []


def test_erase_contacts_leaves_no_copy_of_the_evidence_at_the_refund() -> None:
    marked = MarkedOrder()
    marked.ship(NOW)
    case_id = marked.open_case(NOW)
    cases.refund_only(actor=marked.market.ops, case_id=case_id, amount_fen=1, now=NOW)
    assert "收到脱线" in Refund.objects.get().note
    assert erase_contacts(now=NOW + WINDOW + KEPT) == 1
    assert (Case.objects.get().evidence, Refund.objects.get().note) == ("", "")


def reported(settings: Settings, *events: CarrierEvent) -> dict[int, Report]:
    """Follow the parcel of the marked order, and record what its carrier reports."""
    settings.KUAIDI100_CUSTOMER, settings.KUAIDI100_KEY = "customer", "key"
    assert follow_parcels(now=NOW) == 1
    reports = {TrackedWaybill.objects.get().pk: Report(("shunfeng",), "SF1234567", events)}
    apply_reports(reports=reports, is_push=True, now=NOW)
    return reports


def test_erase_contacts_deletes_what_carriers_said_of_the_parcels(settings: Settings) -> None:
    marked = MarkedOrder()
    marked.ship(NOW)
    said = f"已送到{STREET}，{NAME}签收，电话{PHONE}"
    reports = reported(settings, CarrierEvent(NOW, "5", said), CarrierEvent(NOW, "301", "已签收"))
    assert WaybillEvent.objects.get(code="5").text == f"已送到{STREET}，欧*签收，电话184****5678"
    # The control: the street, which nobody can tell from that of the depot, is found.
    assert "tracking_waybillevent" in places_with_marks()
    due = NOW + WINDOW + KEPT
    assert erase_contacts(now=due) == 1
    assert places_with_marks() == ["orders_recipient"]
    [parcel] = list_order_parcels(marked.order.id)
    assert (parcel.status, parcel.tracking_no, parcel.events) == ("delivered", "SF1234567", [])
    # What is pushed once more does not bring it back.
    assert apply_reports(reports=reports, is_push=True, now=due) == []
    assert WaybillEvent.objects.count() == 0
    assert all_violations() == []


def test_erase_contacts_twice_changes_nothing_the_second_time() -> None:
    marked = MarkedOrder()
    marked.ship(NOW)
    due = NOW + WINDOW + KEPT
    assert erase_contacts(now=due) == 1
    erased = list(Recipient.objects.order_by("pk").values())
    assert erase_contacts(now=due + timedelta(days=9)) == 0
    assert list(Recipient.objects.order_by("pk").values()) == erased


def test_erase_contacts_keeps_an_order_that_is_not_shipped_or_whose_case_is_open() -> None:
    marked = MarkedOrder()
    later = NOW + 10 * KEPT
    assert erase_contacts(now=later) == 0
    marked.ship(later)
    case_id = marked.open_case(later)
    assert erase_contacts(now=later + WINDOW + KEPT) == 0
    ended = later + WINDOW
    cases.reject(actor=marked.market.ops, case_id=case_id, reason="超期未举证", now=ended)
    assert erase_contacts(now=ended + KEPT - SECOND) == 0
    assert Consignment.objects.get().name == NAME
    assert erase_contacts(now=ended + KEPT) == 1
    assert Consignment.objects.get().name == ""


def test_erase_contacts_of_an_order_that_was_never_paid() -> None:
    market = Marketplace()
    item = item_of(market.sale(sku := market.sku()), sku)
    daigou = market.reseller()
    daigou.recipient_id = customer(daigou)
    order = daigou.grab(item)
    grab.cancel_unpaid(actor=daigou.actor, order_id=order.id, now=NOW)
    assert erase_contacts(now=NOW + KEPT - SECOND) == 0
    assert erase_contacts(now=NOW + KEPT) == 1
    assert get_own_order(daigou.id, order.id).lines[0].recipient.phone == ""


def test_a_removed_customer_is_erased_with_the_last_order_that_names_her() -> None:
    marked = MarkedOrder()
    marked.ship(NOW)
    recipients.hide_recipient(actor=marked.daigou.actor, recipient_id=marked.recipient_id, now=NOW)
    assert erase_contacts(now=NOW + WINDOW + KEPT - SECOND) == 0
    assert marked.book_entry_is_unchanged()
    assert erase_contacts(now=NOW + WINDOW + KEPT) == 2
    assert places_with_marks() == []


def test_a_removed_customer_without_orders_is_erased_after_a_day() -> None:
    daigou = Marketplace().reseller()
    recipient_id = customer(daigou)
    recipients.hide_recipient(actor=daigou.actor, recipient_id=recipient_id, now=NOW)
    assert erase_contacts(now=NOW + timedelta(days=1) - SECOND) == 0
    assert erase_contacts(now=NOW + timedelta(days=1)) == 1
    assert places_with_marks() == []


def test_wishes_leave_no_trace_after_their_time() -> None:
    forwarded = ForwardedSale()
    forwarded.wish(forwarded.forwarded_coat(), note=f"{NAME} {PHONE} {STREET}")
    assert set(places_with_marks()) >= {"forwarding_wish"}
    anonymize_wishes(now=NOW + settings.WISH_RETENTION, retention=settings.WISH_RETENTION)
    assert Wish.objects.count() == 1
    assert places_with_marks() == []


def test_a_workbook_of_orders_leaves_no_trace_after_its_time() -> None:
    market = Marketplace()
    market.sale(sku := market.sku(units=5))
    daigou = market.reseller(wallet_fen=3000_00)
    row = line(sku, recipient=NAME, phone=PHONE, address=f"浙江省杭州市余杭区{STREET}", remark=f"给{NAME}")
    upload = preview(daigou, row)
    commit_upload(
        actor=daigou.actor, upload_id=upload.id, take=Take.ALL, expected_total_fen=upload.totals.total_fen, now=NOW
    )
    shipping.ship(
        actor=market.clerk,
        consignment_id=Consignment.objects.get().pk,
        carrier="顺丰",
        tracking_no="SF1234567",
        now=NOW,
    )
    key = content_key(WORKBOOKS, OrderUpload.objects.get().sha256)
    assert {"orders_orderuploadline", "orders_consignment", key} <= set(places_with_marks())
    os.utime(Path(urlsplit(settings.STORAGE_URL).path) / key, (NOW.timestamp(), NOW.timestamp()))
    due = NOW + WINDOW + KEPT
    erase_expired(now=due)
    for recipient in Recipient.objects.filter(reseller_id=daigou.id, name=NAME):
        recipients.hide_recipient(actor=daigou.actor, recipient_id=recipient.pk, now=NOW)
    assert erase_contacts(now=due) == 2
    assert places_with_marks() == []


def marked_columns() -> list[str]:
    """The columns of ERASED that hold the name in some row."""
    found = []
    for column in sorted(columns_of(ERASED)):
        label, _, name = column.rpartition(".")
        model = apps.get_model(label)
        texts = model._default_manager.annotate(as_text=Cast(name, TextField()))
        if texts.filter(as_text__contains=NAME).exists():
            found.append(column)
    return found


def mark_every_erased_column() -> None:
    """Write the name into each column of ERASED, in every row: somebody may have written it there."""
    for label, names in ERASED.items():
        model = apps.get_model(label)
        assert model._default_manager.exists(), f"no row of {label} to be marked"
        for name in names.split():
            value: object = NAME
            if isinstance(model._meta.get_field(name), JSONField | ArrayField):
                value = {"faults": [NAME]} if name == "result" else [NAME]
            model._default_manager.update(**{name: value})


def test_every_column_that_may_hold_a_contact_is_erased(settings: Settings) -> None:
    """Each text that `tests/architecture/test_text_columns.py` calls erased, whoever wrote a contact there."""
    forwarded = ForwardedSale()
    forwarded.wish(forwarded.forwarded_coat(), note="留言")
    marked = MarkedOrder()
    market, hers = marked.market, marked.daigou.actor
    report_out_of_stock(actor=market.clerk, line_id=marked.order.lines[1].id, units=1, note="少一件", key="s", now=NOW)
    enquiry_id = open_enquiry(actor=hers, text="问一下", order_id=marked.order.id, key="e", now=NOW).summary.id
    pass_to_brand(actor=market.ops, enquiry_id=enquiry_id, brand_id=market.brand_id, note="请答复", now=NOW)
    text = f"发货单号,快递公司,快递单号\n{Consignment.objects.get().pk},丰鸟,SF1234567\n"
    upload = receive_shipping_upload(actor=market.clerk, filename="单.csv", chunks=[text.encode()], now=NOW)
    assert read_shipping_upload(upload_id=upload.id, clock=lambda: NOW)
    marked.ship(NOW)
    reported(settings, CarrierEvent(NOW, "5", "正在派件", "杭州市"))
    cases.reject(actor=market.ops, case_id=marked.open_case(NOW), reason="不成立", now=NOW)
    reported_line = get_own_order(marked.daigou.id, marked.order.id)
    option = get_return_options(reported_line, at=NOW)[marked.order.lines[0].id]
    with transaction.atomic():
        create_report(
            ReportedLine(marked.daigou.id, marked.order.id, "", option, max_units=1), source="wish:0",
            fields=FaultFields(1, "faulty", "脱线"), photos=[], network="n", key="k", now=NOW,
        )  # fmt: skip
    preview(marked.daigou, line(marked.order.lines[0].sku_id))
    close_enquiry(actor=market.ops, enquiry_id=enquiry_id, now=NOW)
    of_statement = Marketplace()
    statement_id, _ = sent(of_statement, 1)
    uploaded(of_statement, statement_id, [["99999", "", "张三", 1, 0.0, 20.0, 80.0]])
    ComparisonDifference.objects.exclude(kind="only_list").delete()
    Recipient.objects.update(hidden_at=NOW)
    mark_every_erased_column()
    assert marked_columns() == sorted(columns_of(ERASED))
    due = NOW + WINDOW + KEPT + SECOND
    anonymize_wishes(now=due, retention=settings.WISH_RETENTION)
    erase_expired(now=due)
    erase_shipping_uploads(now=due)
    erase_lists(now=due)
    erase_messages(now=due)
    erase_contacts(now=due)
    assert marked_columns() == []


@pytest.mark.parametrize(
    "change",
    [
        lambda: Recipient.objects.update(erased_at=NOW, hidden_at=NOW),
        lambda: Consignment.objects.update(erased_at=NOW),
        lambda: Case.objects.update(erased_at=NOW),
    ],
)
def test_the_database_refuses_a_row_that_is_called_erased_and_is_not(change: object) -> None:
    marked = MarkedOrder()
    marked.ship(NOW)
    marked.open_case(NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        change()  # type: ignore[operator]
    assert Order.objects.get().erased_at is None
    assert OrderLine.objects.exclude(remark="").count() == 2
