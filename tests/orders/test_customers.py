"""PRIVACY-6: the customer book with what each customer ordered; entries are edited, merged and removed, orders stay."""

import pytest
from django.test import Client

from accounts.models import Person
from aftersales.services.refunds import report_out_of_stock
from kernel.refusal import Refusal
from orders.models import Recipient
from orders.selectors.customers import CustomerView, list_customers
from orders.selectors.orders import NoSuchRecipient, get_own_order
from orders.services.customers import NothingToMerge, edit_customer, merge_customers
from orders.services.recipients import InvalidRecipient, RecipientFields, add_recipient
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.built_once import built_once_class

pytestmark = pytest.mark.django_db
FIELDS = RecipientFields("王小美", "13800138000", "浙江省杭州市西湖区文三路 1 号")
MOVED = RecipientFields("王小美", "13800138000", "浙江省杭州市余杭区仓前路 9 号")


@built_once_class
class Book:
    """A reseller with one customer, who has one paid order of two units."""

    def __init__(self) -> None:
        self.market = Marketplace()
        self.item = item_of(self.market.sale(sku := self.market.sku()), sku)
        self.daigou: Daigou = self.market.reseller(wallet_fen=3000_00)
        self.first = self.daigou.recipient_id
        self.order = self.market.paid_order(self.daigou, self.item, 2)

    def entries(self, query: str = "") -> list[CustomerView]:
        return list_customers(self.daigou.id, query=query).items

    def edit(self, fields: RecipientFields, note: str = "", customer_id: int = 0) -> CustomerView:
        return edit_customer(
            actor=self.daigou.actor, customer_id=customer_id or self.first, fields=fields, note=note, now=NOW
        )

    def moved_entry(self) -> int:
        return add_recipient(
            actor=self.daigou.actor, name=MOVED.name, phone=MOVED.phone, address=MOVED.address, now=NOW
        ).id


def test_list_customers_counts_paid_orders_and_finds_by_parts() -> None:
    book = Book()
    book.daigou.grab(book.item)
    [entry] = book.entries()
    assert (entry.orders, entry.units, entry.total_fen) == (1, 2, book.order.total_fen)
    assert (entry.last_order_id, entry.last_ordered_at) == (book.order.id, NOW)
    assert [len(book.entries(query)) for query in ("小美", "8000", "没有")] == [1, 1, 0]
    assert list_customers(book.market.reseller().id).items[0].orders == 0


def test_edit_customer_changes_the_book_and_leaves_orders_as_they_were() -> None:
    book = Book()
    edited = book.edit(MOVED, "下午送")
    assert (edited.address, edited.note, edited.orders) == (MOVED.address, "下午送", 1)
    assert [each.id for each in book.entries()] == [edited.id]
    assert get_own_order(book.daigou.id, book.order.id).lines[0].recipient.address == FIELDS.address
    again = book.edit(MOVED, "上午送", edited.id)
    assert (again.id, again.note) == (edited.id, "上午送")
    back = book.edit(FIELDS, customer_id=edited.id)
    assert (back.orders, Recipient.objects.filter(hidden_at=None, reseller_id=book.daigou.id).count()) == (1, 1)


def test_edit_customer_refuses_bad_fields_and_entries_of_others_and_changes_nothing() -> None:
    book = Book()
    before = list(Recipient.objects.order_by("pk").values())
    with pytest.raises(InvalidRecipient):
        book.edit(RecipientFields("王小美", "12", MOVED.address))
    with pytest.raises(Refusal):
        book.edit(MOVED, "长" * 201)
    with pytest.raises(NoSuchRecipient):
        edit_customer(actor=book.market.reseller().actor, customer_id=book.first, fields=MOVED, note="", now=NOW)
    assert list(Recipient.objects.filter(reseller_id=book.daigou.id).order_by("pk").values()) == before


def test_merge_customers_counts_the_orders_of_all_for_the_kept_one() -> None:
    book = Book()
    second = book.moved_entry()
    assert [each.duplicates for each in book.entries()] == [[book.first], [second]]
    book.edit(FIELDS, "老客户")
    book.daigou.recipient_id = second
    book.market.paid_order(book.daigou, book.item)
    kept = merge_customers(actor=book.daigou.actor, kept_id=second, merged_ids=[book.first], now=NOW)
    assert (kept.id, kept.address, kept.orders, kept.units, kept.note) == (second, MOVED.address, 2, 3, "老客户")
    assert [(each.id, each.duplicates) for each in book.entries()] == [(second, [])]


def test_merge_customers_refuses_none_itself_and_others_and_changes_nothing() -> None:
    book = Book()
    stranger = book.market.reseller().recipient_id
    for merged, refusal in (([], NothingToMerge), ([book.first], NothingToMerge), ([stranger], NoSuchRecipient)):
        with pytest.raises(refusal):
            merge_customers(actor=book.daigou.actor, kept_id=book.first, merged_ids=merged, now=NOW)
    assert Recipient.objects.filter(hidden_at=None).count() == 2


def test_the_book_says_that_all_was_refunded_instead_of_an_amount_of_nothing() -> None:
    book = Book()
    [line] = book.order.lines
    clerk = book.market.new_clerk(book.market.brand_id)
    report_out_of_stock(actor=clerk, line_id=line.id, units=2, note="", key="all", now=NOW)
    assert book.entries()[0].total_fen == 0
    client = Client()
    client.force_login(Person.objects.get(pk=book.daigou.actor.own_id))
    page = client.get("/shop/recipients/").content.decode()
    assert ("1 单 · 已全部退款" in page, "¥0.00" in page) == (True, False)


def test_the_pages_of_the_book_edit_and_merge() -> None:
    book = Book()
    second = book.moved_entry()
    client = Client()
    client.force_login(Person.objects.get(pk=book.daigou.actor.own_id))
    page = client.get("/shop/recipients/?q=小美").content.decode()
    assert "1 单" in page
    assert "并入这一条" in page
    client.post(f"/shop/recipients/{second}/merge/", {"merged": [str(book.first)]})
    assert [each.id for each in book.entries()] == [second]
    shown = client.get(f"/shop/recipients/{second}/")
    assert MOVED.address in shown.content.decode()
    sent = {"name": "王美", "phone": MOVED.phone, "address": MOVED.address, "note": "新名字"}
    assert client.post(f"/shop/recipients/{second}/", sent).status_code == 302
    assert [(each.name, each.note, each.orders) for each in book.entries()] == [("王美", "新名字", 1)]
    assert client.get(f"/shop/recipients/{second}/").status_code == 404
