"""What packs show, in which order, what has changed since, and what becomes of sizes that are sold out (FORWARD-15 to FORWARD-17)."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from forwarding.rules.packs import (
    ChangeKind,
    PackChange,
    SoldOut,
    changes_since,
    content_from,
    pack_content,
    without_sold_out,
)
from forwarding.rules.pages import Availability, CustomerItem, CustomerStyle, CustomerView
from forwarding.rules.sharing import Tone, share_text

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
sizes = st.lists(st.sampled_from(["S", "M", "L", "XL"]), min_size=1, max_size=4, unique=True)


@st.composite
def styles(draw: st.DrawFn, style_id: int) -> CustomerStyle:
    items = tuple(
        CustomerItem(style_id * 10 + place, "黑", size, draw(st.sampled_from(Availability)))
        for place, size in enumerate(draw(sizes))
    )
    return CustomerStyle(
        style_id, "", f"外套{style_id}", "", draw(st.integers(1, 99)) * 1000, items, number=style_id,
        starts_at=draw(st.sampled_from([None, AT - timedelta(hours=9), AT + timedelta(hours=1)])),
        pictures=tuple(draw(st.lists(st.sampled_from("abcdefghijk"), max_size=11, unique=True))),
    )  # fmt: skip


@st.composite
def views(draw: st.DrawFn) -> CustomerView:
    count = draw(st.integers(1, 12))
    return CustomerView(True, "", "", "小鹿", tuple(draw(styles(number)) for number in range(1, count + 1)))


@given(views(), st.sampled_from(SoldOut), st.integers(1, 48), st.integers(-60, 60))
def test_without_sold_out_hides_only_what_is_sold_out(
    view: CustomerView, choice: SoldOut, hours: int, age: int
) -> None:
    shown = without_sold_out(view, choice, hours=hours, forwarded_at=AT - timedelta(hours=age), at=AT)
    assert shown.styles
    assert shown.item_ids == view.item_ids
    before = {each.style_id: each for each in view.styles}
    for each in shown.styles:
        assert each.sizes == before[each.style_id].sizes
        assert set(each.items) <= set(before[each.style_id].items)
        if choice is SoldOut.NEVER:
            assert all(item.availability is not Availability.NONE for item in each.items)
    if choice is SoldOut.ALWAYS:
        assert shown == view


def test_sold_out_sizes_are_shown_in_the_first_hours_of_a_style_only() -> None:
    items = (CustomerItem(1, "", "S", Availability.NONE), CustomerItem(2, "", "M", Availability.PLENTY))
    view = CustomerView(False, "", "", "", (CustomerStyle(1, "", "外套", "", 100, items, starts_at=AT),))

    def left(after: timedelta) -> int:
        at = AT + after
        shown = without_sold_out(view, SoldOut.FIRST_HOURS, hours=6, forwarded_at=AT - timedelta(days=1), at=at)
        return len(shown.styles[0].items)

    assert (left(timedelta(hours=6, seconds=-1)), left(timedelta(hours=6))) == (2, 1)


@given(views())
def test_a_pack_has_nine_styles_the_cheapest_first_and_survives_its_storage(view: CustomerView) -> None:
    content = pack_content(view, address="https://x/f/a/", ends="11-24 20:00")
    prices = [each.price_fen for each in content.styles]
    assert prices == sorted(prices)
    assert len(prices) == min(9, len(view.styles))
    assert sorted(each.price_fen for each in view.styles)[: len(prices)] == prices
    assert content_from(json.loads(json.dumps(asdict(content)))) == content
    assert len(content.squares) <= 9
    assert len(content.squares) >= 1


@given(views(), views())
def test_nothing_has_changed_exactly_where_the_pictures_show_the_same(view: CustomerView, other: CustomerView) -> None:
    before = pack_content(view, address="a", ends="e")
    assert changes_since(before, before) == []
    after = pack_content(other, address="a", ends="e")
    drawn = [
        {(each.style_id, each.price_fen, frozenset(each.sizes), each.pictures) for each in content.styles}
        for content in (before, after)
    ]
    assert (changes_since(before, after) == []) == (drawn[0] == drawn[1])


def test_changes_name_what_a_customer_would_see() -> None:
    items = (CustomerItem(1, "", "S", Availability.FEW), CustomerItem(2, "", "M", Availability.NONE))
    coat, scarf = (
        CustomerStyle(1, "", "大衣", "", 699_00, items, number=2),
        CustomerStyle(2, "", "围巾", "", 99_00, items),
    )
    before = pack_content(CustomerView(True, "", "", "", (coat, scarf)), address="", ends="")
    sold = tuple(replace(each, availability=Availability.NONE) for each in items)
    back = tuple(replace(each, availability=Availability.FEW) for each in items)
    new = CustomerStyle(3, "", "手套", "", 59_00, items, number=3)
    cheaper = replace(coat, price_fen=599_00, items=back)
    after = pack_content(
        CustomerView(True, "", "", "", (cheaper, replace(scarf, items=sold), new)), address="", ends=""
    )
    assert changes_since(before, after) == [
        PackChange(ChangeKind.SOLD_OUT, 1, "围巾", ("S",)),
        PackChange(ChangeKind.PRICE, 2, "大衣", price_fen=599_00),
        PackChange(ChangeKind.BACK, 2, "大衣", ("M",)),
        PackChange(ChangeKind.ADDED, 3, "手套", price_fen=59_00),
    ]
    gone = pack_content(CustomerView(True, "", "", "", (coat,)), address="", ends="")
    assert changes_since(before, gone) == [PackChange(ChangeKind.GONE, 1, "围巾")]


def test_the_text_has_three_tones_and_begins_with_her_remark() -> None:
    items = (CustomerItem(1, "驼色", "S", Availability.FEW),)
    coat = CustomerStyle(1, "", "大衣", "", 699_00, items, "袖口污渍", number=2, selling_point="垂感好", fabric="羊毛")
    scarf = CustomerStyle(2, "", "围巾", "", 99_00, items, number=1, fabric="羊绒")
    view = CustomerView(True, "", "", "小鹿", (coat, scarf), remark="今晚八点截单")

    def said(tone: Tone) -> list[str]:
        return share_text(view, address="https://x/", ends="", tone=tone).split("\n")

    tail = ["点开看图、留言下单：https://x/"]
    head = ["今晚八点截单", "1 号 围巾  ¥99.00"]
    assert said(Tone.SHORT) == [*head, "2 号 大衣  ¥699.00", "瑕疵说明：袖口污渍", *tail]
    assert said(Tone.POINT) == [*head, "面料 羊绒", "2 号 大衣  ¥699.00", "垂感好", "瑕疵说明：袖口污渍", *tail]
    assert said(Tone.SIZES) == [
        *head, "尺码 S（驼色）", "2 号 大衣  ¥699.00", "尺码 S（驼色）", "瑕疵说明：袖口污渍", *tail,
    ]  # fmt: skip
