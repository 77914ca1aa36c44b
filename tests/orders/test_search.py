"""Search on each face (PRIVACY-8): what is found, by whom, and that an index is read for each condition."""

import re
from typing import Any

import pytest
from django.db import connection

from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.models.shipping import Consignment
from orders.selectors import all_orders
from orders.selectors.consignments import list_consignments
from orders.selectors.orders import list_own_orders
from orders.selectors.search import consignment_search_filter, order_search_filter
from orders.services import grab, payment, recipients, shipping
from orders.services.placing import GrabLine
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.built_once import built_once_class

pytestmark = pytest.mark.django_db
NAME, PHONE, STYLE, REMARK, NUMBER = "欧阳晓晴", "18412345678-7804", "QH-88011", "周五前送到公司", "SF1234567890"


@built_once_class
class Shipped:
    """Two resellers with a paid order each; that of the first is for NAME, with a remark, and shipped."""

    def __init__(self) -> None:
        self.market = Marketplace()
        sku, other = self.market.sku(style_no=STYLE), self.market.sku()
        sale = self.market.sale(sku, other)
        self.daigou, self.another = (self.market.reseller(wallet_fen=2000_00) for _ in range(2))
        recipient = recipients.add_recipient(
            actor=self.daigou.actor, name=NAME, phone=PHONE, address="浙江省杭州市余杭区仓前路 9 号", now=NOW
        )
        line = GrabLine(item_of(sale, sku), 1, recipient.id, remark=REMARK)
        placed = grab.grab(actor=self.daigou.actor, lines=[line], key="k", now=NOW)
        self.order_id = payment.pay(actor=self.daigou.actor, order_id=placed.id, now=NOW).id
        self.market.paid_order(self.another, item_of(sale, other))
        self.consignment_id = Consignment.objects.get(order_id=self.order_id).pk

    def ship(self) -> None:
        shipping.ship(
            actor=self.market.clerk, consignment_id=self.consignment_id, carrier="顺丰", tracking_no=NUMBER, now=NOW
        )

    def found_by_ops(self, query: str) -> list[int]:
        return [each.order.id for each in all_orders.list_orders(query=query).items]

    def found_by_brand(self, query: str) -> list[int]:
        return [each.order_id for each in list_consignments(at=NOW, brand_id=self.market.brand_id, query=query).items]

    def found_by(self, daigou: Daigou, query: str) -> list[int]:
        return [each.id for each in list_own_orders(daigou.id, at=NOW, query=query).items]


def test_everybody_finds_an_order_by_what_she_may_see() -> None:
    shipped = Shipped()
    shipped.ship()
    whole = (NAME, PHONE, "5678", STYLE, REMARK, "周五前", NUMBER, NUMBER.lower())
    for query in whole:
        assert shipped.found_by_ops(query) == [shipped.order_id], query
        assert shipped.found_by(shipped.daigou, query) == [shipped.order_id], query
        assert shipped.found_by(shipped.another, query) == [], query
    for query in ("5678", STYLE, REMARK, NUMBER):
        assert shipped.found_by_brand(query) == [shipped.order_id], query


def test_a_masked_contact_is_not_found_by_its_hidden_parts() -> None:
    shipped = Shipped()
    for query in (NAME, PHONE):
        assert shipped.found_by_brand(query) == [shipped.order_id]
    shipped.ship()
    for query in ("欧阳", "晓晴", "7804", "1841", "18412345", "4123", "2345", "仓前路"):
        assert shipped.found_by_ops(query) == [], query
        assert shipped.found_by_brand(query) == [], query
    for query in (NAME, PHONE):
        assert shipped.found_by_brand(query) == [], query
    assert shipped.found_by(shipped.daigou, "欧阳") == [shipped.order_id]
    assert shipped.found_by(shipped.daigou, "7804") == [shipped.order_id]


@pytest.mark.parametrize(
    ("phone", "tail", "not_tail"),
    [("13912345678", "5678", "1391"), ("0571-88881234", "1234", "8888"), ("010-66668888-8035", "", "8035")],
)
def test_the_last_digits_are_those_that_a_masked_phone_shows(phone: str, tail: str, not_tail: str) -> None:
    shipped = Shipped()
    Recipient.objects.filter(name=NAME).update(phone=phone)
    assert not tail or shipped.found_by_ops(tail) == [shipped.order_id]
    assert shipped.found_by_ops(not_tail) == []


def plan(sql: str, parameters: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY ON) {sql}", parameters)
        return "\n".join(row[0] for row in cursor.fetchall())


def copy_orders(count: int) -> None:
    """Copies of an order with names and phones of their own; every 50th keeps its remark."""
    tables = {"r": Recipient, "o": Order, "c": Consignment, "l": OrderLine}
    first = {name: model._default_manager.order_by("pk").first() for name, model in tables.items()}
    assert all(first.values())
    ids = {name: row.pk for name, row in first.items() if row is not None}

    def copied(model: type, row_id: int, **changed: str) -> str:
        fields = [field.column for field in model._meta.concrete_fields]  # type: ignore[attr-defined]
        values = [changed.get(column, column) for column in fields]
        table = model._meta.db_table  # type: ignore[attr-defined]
        return (
            f"INSERT INTO {table} ({', '.join(fields)}) SELECT {', '.join(values)}"
            f" FROM {table}, generate_series(1, {count}) n WHERE id = {row_id}"
        )

    base = 1_000_000
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            copied(Recipient, ids["r"], id=f"{base} + n", name="'顾客' || n", phone="(13000000000 + n * 7)::text")
        )
        cursor.execute(copied(Order, ids["o"], id=f"{base} + n", key="'copy' || n", reseller_id=f"{base} + n % 2000"))
        cursor.execute(
            copied(Consignment, ids["c"], id=f"{base} + n", order_id=f"{base} + n", recipient_id=f"{base} + n")
        )
        cursor.execute(
            copied(
                OrderLine,
                ids["l"],
                id=f"{base} + n",
                order_id=f"{base} + n",
                recipient_id=f"{base} + n",
                consignment_id=f"{base} + n",
                sku_id=f"{base} + n % 5000",
                remark="CASE WHEN n % 50 = 0 THEN remark ELSE '' END",
            )
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        # With the sample that ANALYZE takes the cheaper of two plans varies; a search without an index shows in each.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("ANALYZE orders_recipient, orders_order, orders_orderline, orders_consignment, orders_parcel")


def test_a_search_among_many_orders_reads_indexes() -> None:
    """Where PostgreSQL may not read whole tables, ten thousand orders show a missing index as well as any larger number."""
    shipped = Shipped()
    shipped.ship()
    copy_orders(10_000)
    for query in (NAME, "13000000700", "0700", "QH-1", NUMBER, "没有这句话"):
        orders = Order.objects.filter(order_search_filter(query)).order_by("-id")[:31]
        consignments = Consignment.objects.filter(
            consignment_search_filter(query, brand_id=shipped.market.brand_id)
        ).order_by("-id")[:31]
        for rows in (orders, consignments):
            explained = plan(*rows.query.sql_with_params())
            scanned = re.findall(r"Seq Scan on (orders_\w+)", explained)
            assert set(scanned) <= {"orders_parcel"}, (query, rows.model, scanned)
