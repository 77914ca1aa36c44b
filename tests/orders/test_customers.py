"""PRIVACY-6: the customer book with what each customer ordered; entries are edited, merged and removed, orders stay."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from aftersales.services.refunds import refund_unshipped, report_out_of_stock
from kernel.clock import set_to
from kernel.refusal import Refusal
from orders.models.recipients import Recipient
from orders.rules.recipients import CustomerSize, fitting_sizes, read_sizes
from orders.selectors.customers import CustomerView, TagView, list_customers, list_purchases, list_tags
from orders.selectors.orders import NoSuchRecipient, get_own_order
from orders.services.customers import (
    InvalidSizes,
    InvalidTags,
    NoSuchTag,
    NothingToMerge,
    NothingToTag,
    TooManyBookTags,
    edit_customer,
    merge_customers,
    remove_tag,
    rename_tag,
    tag_customers,
)
from orders.services.recipients import InvalidRecipient, RecipientFields, add_recipient, hide_recipient
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
        book.edit(MOVED, "长" * 501)
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


class TestTags:
    """CUSTOMER-1."""

    def tagged(self, book: Book, tags: list[str], customer_id: int = 0) -> CustomerView:
        return edit_customer(
            actor=book.daigou.actor, customer_id=customer_id or book.first, fields=FIELDS, note="", tags=tags, now=NOW
        )

    def test_edit_customer_keeps_tags_and_sizes_through_a_move_and_finds_by_them(self) -> None:
        book = Book()
        edited = edit_customer(
            actor=book.daigou.actor,
            customer_id=book.first,
            fields=FIELDS,
            note="",
            tags=["老客户", " VIP ", "vip"],
            sizes=read_sizes("上装 m、鞋 37"),
            now=NOW,
        )
        assert (edited.tags, edited.sizes_text) == (["老客户", "VIP"], "上装 M、鞋 37")
        moved = book.edit(MOVED)
        assert (moved.tags, moved.sizes) == (edited.tags, edited.sizes)
        assert Recipient.objects.filter(hidden_at__isnull=False).exclude(tags=[], sizes=[]).count() == 0
        found = [[each.id for each in book.entries(query)] for query in ("老客", "m", "37", "3", "没有")]
        assert found == [[moved.id]] * 4 + [[]]
        assert [each.id for each in list_customers(book.daigou.id, tag="VIP").items] == [moved.id]
        assert list_customers(book.daigou.id, tag="vip").items == []

    def test_edit_customer_refuses_too_many_tags_and_sizes_and_changes_nothing(self) -> None:
        book = Book()
        for tags, sizes, refusal in (
            ([str(each) for each in range(21)], None, InvalidTags),
            (["长" * 21], None, InvalidTags),
            (None, [CustomerSize(str(each), "M") for each in range(13)], InvalidSizes),
            (None, [CustomerSize("上装", "")], InvalidSizes),
        ):
            with pytest.raises(refusal):
                edit_customer(
                    actor=book.daigou.actor, customer_id=book.first, fields=MOVED, note="", tags=tags, sizes=sizes, now=NOW
                )  # fmt: skip
        assert [(each.address, each.tags) for each in book.entries()] == [(FIELDS.address, [])]

    def test_tag_customers_changes_all_or_none(self) -> None:
        book = Book()
        second = book.moved_entry()
        stranger = book.market.reseller().recipient_id
        assert tag_customers(actor=book.daigou.actor, customer_ids=[book.first, second], add=["宝妈群"]) == 2
        with pytest.raises(NoSuchRecipient):
            tag_customers(actor=book.daigou.actor, customer_ids=[book.first, stranger], add=["x"])
        with pytest.raises(NothingToTag):
            tag_customers(actor=book.daigou.actor, customer_ids=[], add=["x"])
        with pytest.raises(NothingToTag):
            tag_customers(actor=book.daigou.actor, customer_ids=[book.first])
        assert list_tags(book.daigou.id) == [TagView("宝妈群", 2)]
        tag_customers(actor=book.daigou.actor, customer_ids=[second], remove=["宝妈群"])
        assert list_tags(book.daigou.id) == [TagView("宝妈群", 1)]

    def test_rename_tag_merges_with_another_and_remove_tag_keeps_customers(self) -> None:
        book = Book()
        second = book.moved_entry()
        tag_customers(actor=book.daigou.actor, customer_ids=[book.first, second], add=["老客"])
        tag_customers(actor=book.daigou.actor, customer_ids=[second], add=["老客户"])
        assert rename_tag(actor=book.daigou.actor, tag="老客", new="老客户") == 2
        assert list_tags(book.daigou.id) == [TagView("老客户", 2)]
        with pytest.raises(NoSuchTag):
            rename_tag(actor=book.daigou.actor, tag="老客", new="x")
        with pytest.raises(InvalidTags):
            rename_tag(actor=book.daigou.actor, tag="老客户", new=" ")
        with pytest.raises(NoSuchTag):
            remove_tag(actor=book.market.reseller().actor, tag="老客户")
        assert remove_tag(actor=book.daigou.actor, tag="老客户") == 2
        assert (list_tags(book.daigou.id), len(book.entries())) == ([], 2)

    def test_a_book_has_a_limited_number_of_tags(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("orders.services.customers.MAX_BOOK_TAGS", 2)
        book = Book()
        self.tagged(book, ["a", "b"])
        with pytest.raises(TooManyBookTags):
            self.tagged(book, ["a", "c"])
        assert self.tagged(book, ["B"]).tags == ["b"]

    def test_merge_customers_joins_tags_and_sizes_and_hide_recipient_drops_them(self) -> None:
        book = Book()
        second = book.moved_entry()
        for customer_id, tags, sizes in ((book.first, ["a"], "上装 M、鞋 37"), (second, ["b"], "上装 L")):
            row = Recipient.objects.get(pk=customer_id)
            edit_customer(
                actor=book.daigou.actor, customer_id=customer_id, fields=RecipientFields(row.name, row.phone, row.address),
                note="", tags=tags, sizes=read_sizes(sizes), now=NOW,
            )  # fmt: skip
        kept = merge_customers(actor=book.daigou.actor, kept_id=second, merged_ids=[book.first], now=NOW)
        assert (kept.tags, kept.sizes_text) == (["b", "a"], "上装 L、鞋 37")
        hide_recipient(actor=book.daigou.actor, recipient_id=second, now=NOW)
        assert Recipient.objects.filter(reseller_id=book.daigou.id).exclude(tags=[], sizes=[]).count() == 0


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("上装 M、鞋 37", [("上装", "M"), ("鞋", "37")]),
        ("m", [("", "M")]),
        ("儿童 上装 110，儿童 上装 120;;\n", [("儿童 上装", "120")]),
        (" 、，", []),
    ],
)
def test_read_sizes_takes_the_last_word_as_the_size(text: str, sizes: list[tuple[str, str]]) -> None:
    assert [(each.kind, each.size) for each in read_sizes(text)] == sizes


def test_fitting_sizes_are_those_that_goods_have() -> None:
    """CUSTOMER-2."""
    noted = read_sizes("上装 M、鞋 37、裙 L")
    assert [each.kind for each in fitting_sizes(noted, {"S", "m", "L"})] == ["上装", "裙"]


def test_list_purchases_shows_paid_lines_and_what_came_back() -> None:
    book = Book()
    book.daigou.grab(book.item)
    refund_unshipped(actor=book.market.ops, line_id=book.order.lines[0].id, units=1, note="", key="r", now=NOW)
    [line] = list_purchases(book.daigou.id, book.first).items
    assert (line.units, line.refunded_units, line.paid_fen, line.refunded_fen) == (
        2, 1, book.order.total_fen, book.order.total_fen // 2,
    )  # fmt: skip
    [entry] = book.entries()
    assert (entry.total_fen, entry.refunded_fen) == (book.order.total_fen // 2, book.order.total_fen // 2)
    assert list_purchases(book.market.reseller().id, book.first).items == []


def test_the_pages_of_the_book_tag_many_and_take_a_fixed_number_of_statements() -> None:
    book = Book()
    client = Client()
    client.force_login(Person.objects.get(pk=book.daigou.actor.own_id))
    second = book.moved_entry()
    client.post("/shop/recipients/tagged/", {"customer": [book.first, second], "tags": "老客户、宝妈群", "act": "add"})
    assert [each.customers for each in list_tags(book.daigou.id)] == [2, 2]
    client.post("/shop/recipients/tags/", {"tag": "宝妈群", "new": "老客户", "act": "rename"})
    client.post("/shop/recipients/tagged/", {"customer": [second], "tags": "老客户", "act": "remove"})
    assert list_tags(book.daigou.id) == [TagView("老客户", 1)]
    assert "老客户" in client.get("/shop/recipients/tags/").content.decode()
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/shop/recipients/?tag=老客户").status_code == 200
            assert client.get("/shop/recipients/").status_code == 200
            assert client.get(f"/shop/recipients/{book.first}/").status_code == 200
        counts.append(len(seen))
        for number in range(5):
            add_recipient(
                actor=book.daigou.actor, name="李雷", phone=f"1390013900{number}", address=MOVED.address, now=NOW
            )
    assert counts[0] == counts[1]


def test_the_style_page_says_the_noted_size_and_chooses_none() -> None:
    """CUSTOMER-2."""
    book = Book()
    size = book.order.lines[0].size
    edit_customer(
        actor=book.daigou.actor, customer_id=book.first, fields=FIELDS, note="", sizes=[CustomerSize("上装", size)], now=NOW
    )  # fmt: skip
    client = Client()
    client.force_login(Person.objects.get(pk=book.daigou.actor.own_id))
    line = book.order.lines[0]
    with set_to(NOW):
        page = client.get(f"/shop/sales/{line.sale_id}/styles/{line.style_id}/?to={book.first}").content.decode()
    assert f"您记过的尺码：上装 {size}" in page
