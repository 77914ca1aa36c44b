"""STOCK-2, 3, 5, 6, 7, 9: what a preview says before anything changes."""

import statistics
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.rules import SYSTEM, Actor
from inventory.models import Category, LayoutAnswer, Sku, Style, Upload
from inventory.rules import Move, MovementKind, UploadState, is_far, median_price, style_change
from inventory.services import stock as inventory_stock
from inventory.services.stock import set_brand_categories
from inventory.uploads import apply, receive, selectors, validate
from inventory.uploads.file_keys import workbook_key
from inventory.uploads.parse import read_upload
from inventory.uploads.price_baselines import PriceBaseline, catalogue_baselines
from inventory.uploads.views import ChangeView, UploadView
from storage.files import get_store
from tests.inventory.stock_workbooks import (
    NOW,
    Line,
    later,
    new_brand,
    new_clerk,
    preview,
    send,
    sizes,
    state_of,
    stock,
    traces,
    upload_and_apply,
    workbook,
)

pytestmark = pytest.mark.django_db

KNIT = Line()
COAT = Line(style_no="B200", name="长款风衣", category="风衣", colour="驼色", tag_fen=129900, base_fen=32900)


def changes(view: UploadView, kind: str = "") -> list[ChangeView]:
    return selectors.changes_of_upload(view.id, kind=kind).items


def fault_codes(view: UploadView) -> list[tuple[int, str]]:
    return [(fault.row, fault.code) for fault in selectors.faults_of_upload(view.id).items]


def bind(sku_id: int, units: int, cause: str = "sale:1") -> None:
    inventory_stock.move(
        kind=MovementKind.ALLOT, moves=[Move(sku_id, 0, units)], cause=cause, actor=SYSTEM, now=later(1)
    )


def sku(size: str) -> Sku:
    return Sku.objects.get(size=size, listed=True)


def test_preview_of_new_goods_changes_nothing_yet(clerk: Actor, brand_id: int) -> None:
    before = traces()
    view = preview(clerk, workbook(*sizes(KNIT, "S", "M", "L"), COAT))
    assert (view.state, view.added, view.changed, view.unchanged, view.faults) == (UploadState.PREVIEW, 4, 0, 0, 0)
    assert traces() == before
    assert stock(brand_id) == []


def test_preview_says_field_by_field_what_changes(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(*sizes(KNIT, "S", "M")))
    view = preview(
        clerk, workbook(KNIT, replace(KNIT, size="S", quantity=4, base_fen=8800, name="新品名")), now=later(1)
    )
    assert (view.added, view.changed, view.unchanged, view.styles_changed) == (0, 1, 1, 0)
    (changed,) = changes(view)
    assert {each.field: (each.old, each.new) for each in changed.fields} == {
        "base_price": ("99.00", "88.00"),
        "on_hand": (10, 4),
    }
    assert (changed.row, changed.size, changed.on_hand_delta) == (3, "S", -6)


def test_preview_shows_what_changes_of_a_style(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    view = preview(clerk, workbook(replace(KNIT, name="开衫", category="卫衣")), now=later(1))
    (style,) = selectors.styles_of_upload(view.id).items
    assert not style.is_new
    assert {each.field: (each.old, each.new) for each in style.fields} == {"name": ("圆领针织衫", "开衫")}


def test_preview_warns_where_the_rows_of_a_style_disagree(clerk: Actor) -> None:
    view = preview(clerk, workbook(KNIT, replace(KNIT, size="L", name="另一个名字")))
    (warning,) = [w for w in selectors.faults_of_upload(view.id, kind="warning").items if w.code == "style_disagrees"]
    assert warning.row == 3
    assert selectors.styles_of_upload(view.id).items[0].name == "圆领针织衫"


def test_preview_finds_goods_by_barcode_when_the_colour_is_written_anew(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(replace(KNIT, barcode="6901234567892")))
    view = preview(clerk, workbook(replace(KNIT, barcode="6901234567892", colour="黑")), now=later(1))
    (changed,) = changes(view)
    assert [(each.field, each.old, each.new) for each in changed.fields] == [("colour", "黑色", "黑")]


def test_preview_takes_letter_case_for_the_same_goods(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    view = preview(clerk, workbook(replace(KNIT, style_no="a100", size="m")), now=later(1))
    assert (view.added, view.changed, view.unchanged, view.missing) == (0, 0, 1, 0)


def test_preview_refuses_a_barcode_that_belongs_to_other_goods(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(replace(KNIT, barcode="6901234567892")))
    view = preview(clerk, workbook(replace(COAT, barcode="6901234567892"), KNIT), now=later(1))
    assert fault_codes(view) == [(2, "barcode_taken")]
    assert (view.added, view.unchanged, view.missing) == (0, 1, 0)


def test_preview_keeps_a_barcode_that_the_file_does_not_give(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(replace(KNIT, barcode="6901234567892")))
    view = preview(clerk, workbook(KNIT), now=later(1))
    assert (view.changed, view.unchanged) == (0, 1)


def test_preview_lists_absent_goods_and_leaves_them_alone(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(*sizes(KNIT, "S", "M")))
    view = preview(clerk, workbook(KNIT), now=later(1))
    (absent,) = changes(view, "missing")
    assert (view.missing, absent.size, absent.zeroed) == (1, "S", False)
    apply.apply_upload(actor=clerk, upload_id=view.id, now=later(2))
    assert sku("S").on_hand == 10


def test_preview_cuts_a_long_name_and_says_so_but_never_what_tells_goods_apart(clerk: Actor) -> None:
    wordy = replace(KNIT, name="针" * 130)
    view = preview(clerk, workbook(wordy, replace(KNIT, size="L", name="", colour="黑" * 41)))
    assert fault_codes(view) == [(3, "text_too_long")]
    warnings = selectors.faults_of_upload(view.id, kind="warning").items
    assert [(each.row, each.code, each.col) for each in warnings] == [(2, "text_cut", "B")]
    assert [(each.style_no, each.name) for each in selectors.styles_of_upload(view.id).items] == [("A100", "针" * 120)]


@pytest.mark.parametrize("category", ["奶粉", "婴儿辅食", "纸尿裤", "土特产"])
def test_preview_refuses_forbidden_goods(clerk: Actor, category: str) -> None:
    view = preview(clerk, workbook(KNIT, replace(COAT, category=category)))
    (fault,) = selectors.faults_of_upload(view.id).items
    assert (fault.row, fault.col, fault.header, fault.code) == (3, "C", "类目", "category_forbidden")
    assert view.added == 1


def test_preview_takes_a_colour_named_after_forbidden_goods(clerk: Actor) -> None:
    view = preview(clerk, workbook(replace(KNIT, category="奶粉色连衣裙")))
    assert (view.faults, view.added) == (0, 1)
    assert selectors.styles_of_upload(view.id).items[0].category == "连衣裙"


def test_preview_refuses_a_category_that_the_brand_is_not_admitted_for(clerk: Actor, brand_id: int) -> None:
    set_brand_categories(actor=SYSTEM, brand_id=brand_id, codes=["women"], now=NOW)
    view = preview(clerk, workbook(KNIT, replace(COAT, category="箱包")))
    assert fault_codes(view) == [(3, "category_not_admitted")]


def test_preview_warns_of_a_category_that_nobody_knows(clerk: Actor) -> None:
    suit = replace(KNIT, category="宇航服")
    view = preview(clerk, workbook(suit, replace(suit, size="L", name="登月服")))
    assert (view.faults, view.added) == (0, 2)
    warnings = [(w.row, w.code) for w in selectors.faults_of_upload(view.id, kind="warning").items]
    assert [row for row, code in warnings if code == "unknown_category"] == [2]


def test_preview_refuses_to_upload_bound_stock_away_and_names_the_number(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(*sizes(KNIT, "S", "M")))
    bind(sku("M").pk, 6)
    view = preview(clerk, workbook(replace(KNIT, quantity=5), replace(KNIT, size="S", quantity=1)), now=later(2))
    (fault,) = selectors.faults_of_upload(view.id).items
    assert (fault.row, fault.col, fault.header, fault.code, fault.value) == (2, "I", "库存", "stock_bound", "5")
    assert "6" in fault.message_zh
    assert [change.size for change in changes(view)] == ["S"]


def test_preview_takes_just_as_many_as_are_bound(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    bind(sku("M").pk, 6)
    view = preview(clerk, workbook(replace(KNIT, quantity=6)), now=later(2))
    assert (view.faults, view.changed) == (0, 1)


def test_preview_flags_a_price_ten_times_the_old_one(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    view = preview(clerk, workbook(replace(KNIT, tag_fen=399000, base_fen=99000)), now=later(1))
    (jumping,) = selectors.changes_of_upload(view.id, price_jumps=True).items
    assert (view.price_jumps, jumping.price_jump, jumping.baseline_fen) == (1, "tag", 39900)


def test_preview_flags_new_goods_far_from_the_median_of_their_category(clerk: Actor) -> None:
    catalogue = [Line(style_no=f"N{n}", base_fen=9900 + n) for n in range(20)]
    upload_and_apply(clerk, workbook(*catalogue))
    usual, slipped = Line(style_no="X1", base_fen=12900), Line(style_no="X2", tag_fen=39900, base_fen=990)
    view = preview(clerk, workbook(*catalogue, usual, slipped), now=later(1))
    assert [each.style_no for each in selectors.changes_of_upload(view.id, price_jumps=True).items] == ["X2"]


def test_preview_of_a_usual_markdown_asks_nothing_more(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    assert preview(clerk, workbook(replace(KNIT, base_fen=4900)), now=later(1)).price_jumps == 0


def test_the_house_chooses_which_move_of_a_price_looks_like_a_slip(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    with override_settings(OWN_PRICE_JUMP=2):
        assert preview(clerk, workbook(replace(KNIT, base_fen=4900)), now=later(1)).price_jumps == 1


def test_preview_counts_what_was_sold_since_the_file_came(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    bind(sku("M").pk, 3)
    upload_id = send(clerk, workbook(replace(KNIT, quantity=12)), now=later(2))
    sold = [Move(sku("M").pk, -2, -2)]
    inventory_stock.move(kind=MovementKind.SOLD, moves=sold, cause="order:1", actor=SYSTEM, now=later(3))

    assert read_upload(upload_id=upload_id, clock=lambda: later(4))
    apply.apply_upload(actor=clerk, upload_id=upload_id, now=later(5))
    assert sku("M").on_hand == 10


def test_reading_a_file_that_is_no_workbook_is_refused_with_its_reason(clerk: Actor) -> None:
    view = preview(clerk, b"\x89PNG\r\n\x1a\n" + b"\x00" * 200, "库存.xlsx")
    assert view.state is UploadState.REFUSED
    assert view.reason
    assert view.reason_zh


def test_reading_an_ambiguous_layout_asks_and_remembers_the_answer(clerk: Actor, brand_id: int) -> None:
    odd = workbook(KNIT).decode("utf-8-sig").replace("供货价", "甲列").encode()
    view = preview(clerk, odd, "a.csv")
    assert view.state is UploadState.QUESTION
    question = next(each for each in view.questions if each.field == "base_price")
    column = next(each.col for each in question.candidates if each.header == "甲列")
    answers = {question.fingerprint: {column: "base_price"}}
    assert receive.answer_upload(actor=clerk, upload_id=view.id, answers=answers, now=later(1)).in_progress

    assert read_upload(upload_id=view.id, clock=lambda: later(2))
    assert state_of(view.id) == "preview"
    receive.cancel_upload(actor=clerk, upload_id=view.id, now=later(3))
    assert preview(clerk, odd, "b.csv", now=later(4)).state is UploadState.PREVIEW
    assert LayoutAnswer.objects.filter(brand_id=brand_id).count() == 1


def test_answers_to_what_was_not_asked_are_refused(clerk: Actor) -> None:
    odd = workbook(KNIT).decode("utf-8-sig").replace("供货价", "甲列").encode()
    view = preview(clerk, odd, "a.csv")
    with pytest.raises(receive.InvalidAnswers):
        receive.answer_upload(actor=clerk, upload_id=view.id, answers={"other": {"H": "base_price"}}, now=later(1))
    assert LayoutAnswer.objects.count() == 0
    assert state_of(view.id) == "question"


def test_a_first_workbook_previews_just_as_it_would_beside_other_goods(clerk: Actor, brand_id: int) -> None:
    """A brand's first goods take a shorter way, that must say the same; goods that are not listed are no norm of prices."""
    catalogue = [Line(style_no=f"N{n}", barcode=f"69012345{n:04}") for n in range(25)]
    barred = Line(style_no="F1", category="婴儿奶粉")
    strange = Line(style_no="n3", name="开衫", colour="", size="L", tag_fen=699900, base_fen=159900, quantity=0)
    data = workbook(*catalogue, barred, strange)
    first = preview(clerk, data)
    other = new_brand("别家")
    style = Style.objects.create(brand_id=other, style_no="Z9")
    Sku.objects.create(brand_id=other, style=style, size="X", tag_price_fen=200, base_price_fen=100, listed=False)
    beside = preview(new_clerk(other, "other"), data)

    def said(view: UploadView) -> list[object]:
        counts = (
            view.rows,
            view.added,
            view.changed,
            view.unchanged,
            view.missing,
            view.styles_changed,
            view.faults,
            view.price_jumps,
        )
        goods = [replace(each, id=0, sku_id=0) for each in selectors.changes_of_upload(view.id, limit=100).items]
        styles = [replace(each, id=0) for each in selectors.styles_of_upload(view.id, limit=100).items]
        return [counts, goods, styles, fault_codes(view)]

    assert said(first) == said(beside)
    assert (first.added, first.faults, first.price_jumps, first.styles_changed) == (26, 1, 1, 25)


fen = st.integers(1, 10**7)


@given(prices=st.lists(fen, min_size=1))
def test_the_norm_is_the_lower_median(prices: list[int]) -> None:
    assert median_price(Counter(prices)) == statistics.median_low(prices)


@given(price=fen, norm=fen, times=st.integers(2, 20))
def test_what_is_far_above_is_far_below_the_other_way_round(price: int, norm: int, times: int) -> None:
    assert is_far(price, norm, times) == is_far(norm, price, times)
    assert is_far(price, norm, times) == (max(price, norm) / min(price, norm) >= times)
    assert not is_far(norm, norm, times)


@override_settings(MIN_FOR_BASELINE=3)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(goods=st.lists(st.tuples(st.integers(0, 2), st.integers(100, 999), st.integers(1000, 99999)), max_size=30))
def test_catalogue_baselines_equal_the_median_of_the_rules(brand_id: int, goods: list[tuple[int, int, int]]) -> None:
    categories = [None, *Category.objects.order_by("pk").values_list("pk", flat=True)[:2]]
    with transaction.atomic():
        for n, (kind, base, tag) in enumerate(goods):
            style = Style.objects.create(brand_id=brand_id, style_no=f"P{n}", category_id=categories[kind])
            Sku.objects.create(brand_id=brand_id, style=style, size="M", tag_price_fen=tag, base_price_fen=base)
        found = catalogue_baselines(brand_id)
        transaction.set_rollback(True)
    of_category = {
        category: [(tag, base) for kind, base, tag in goods if categories[kind] == category] for category in categories
    }
    law = {
        category: PriceBaseline(
            median_price(Counter(tag for tag, _ in prices)), median_price(Counter(base for _, base in prices))
        )
        for category, prices in of_category.items()
        if len(prices) >= 3
    }
    assert found == (law if goods else None)


def test_a_slipped_price_of_a_first_file_is_measured_by_its_category_and_without_refused_rows(clerk: Actor) -> None:
    usual = [Line(style_no=f"N{n}") for n in range(20)]
    barred = [Line(style_no=f"F{n}", category="婴儿奶粉", tag_fen=9_000_00, base_fen=6_000_00) for n in range(30)]
    slipped, alone = Line(style_no="X1", tag_fen=399000), Line(style_no="X2", category="连衣裙", tag_fen=399000)
    view = preview(clerk, workbook(*usual, *barred, slipped, alone))
    assert [
        (each.style_no, each.price_jump, each.baseline_fen)
        for each in selectors.changes_of_upload(view.id, price_jumps=True).items
    ] == [("X1", "tag", 39900)]


said_of_styles = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(max_size=3), "category_id": st.none() | st.integers(1, 3), "season": st.sampled_from(["", "春"]),
        "year": st.none() | st.integers(2020, 2022), "gender": st.sampled_from(["", "女"]), "picture": st.sampled_from(["", "ab"]),
        "defects": st.sampled_from(["", "微瑕"]),
    },
)  # fmt: skip


@given(said=said_of_styles, book=said_of_styles)
def test_what_a_file_says_of_a_style_counts_where_it_says_anything(said: dict[str, Any], book: dict[str, Any]) -> None:
    nothing = style_change({}, None)[0]
    before = nothing | book
    values, old = style_change(said, before)
    assert values == before | {name: value for name, value in said.items() if value or name == "defects"}
    assert {name: before[name] for name in values if values[name] != before[name]} == old
    assert style_change(said, None) == (nothing | {name: value for name, value in said.items() if value}, {})


# STOCK-4
@pytest.mark.parametrize("reason", ["time_limit", "memory_limit", "reader_died"])
def test_a_file_that_broke_a_limit_of_its_reader_is_not_read_again(clerk: Actor, reason: str) -> None:
    data = workbook(KNIT)
    first = send(clerk, data)
    words = {"reason": reason, "reason_zh": "读取超时", "reason_en": "It took too long"}
    Upload.objects.filter(pk=first).update(state="refused", ended_at=NOW, **words)
    again = send(clerk, data)
    get_store().delete(workbook_key(Upload.objects.get(pk=again).sha256))  # who reads it now fails
    assert read_upload(upload_id=again, clock=lambda: NOW)
    assert Upload.objects.filter(pk=again, state="refused", ended_at=NOW, **words).exists()


def test_more_ways_to_write_a_category_than_are_compared_are_refused(
    clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "MAX_CATEGORY_TEXTS", 2)
    lines = [replace(KNIT, style_no=f"A{n}", category=f"毛衣{n}") for n in range(4)]
    view = preview(clerk, workbook(*lines, replace(KNIT, category="")))
    assert (view.added, view.faults) == (3, 2)
    assert {each.code for each in selectors.faults_of_upload(view.id).items} == {"too_many_categories"}
