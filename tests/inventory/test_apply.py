"""STOCK-3, 6, 7, 8: what lands, what does not, and how it is undone."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import AuditEntry
from accounts.rules import SYSTEM, Actor, Role
from db import sql
from flashsales.services import planning
from integrity.selectors.checks import all_violations, violations_of
from inventory.models import Sku, StockLedger, Style
from inventory.rules import Move, MovementKind, UploadState
from inventory.services import stock as inventory_stock
from inventory.uploads import apply, receive, selectors, undo
from inventory.uploads.parse import read_upload
from kernel.refusal import Refusal
from pricing.rules.controls import Action, ControlFields
from pricing.services import price_rules
from tests.builders import person
from tests.inventory.stock_workbooks import (
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
    units,
    units_that_differ,
    upload_and_apply,
    upload_and_apply_in_process,
    workbook,
)
from tests.rolled_back import rolled_back

pytestmark = pytest.mark.django_db

KNIT = Line()
COAT = Line(style_no="B200", name="长款风衣", category="风衣", colour="驼色", tag_fen=129900, base_fen=32900)


def allot(size: str, count: int, cause: str = "sale:1") -> None:
    move = Move(Sku.objects.get(size=size, listed=True).pk, 0, count)
    inventory_stock.move(kind=MovementKind.ALLOT, moves=[move], cause=cause, actor=SYSTEM, now=later(1))


def give_back(size: str, count: int, cause: str = "sale:1") -> None:
    move = Move(Sku.objects.get(size=size, listed=True).pk, 0, -count)
    inventory_stock.move(kind=MovementKind.RETURN, moves=[move], cause=cause, actor=SYSTEM, now=later(2))


def sell(style_no: str, count: int) -> None:
    sku_id, cause = Sku.objects.get(style__style_no=style_no).pk, f"order:{style_no}:{count}"
    for kind, move in ((MovementKind.ALLOT, Move(sku_id, 0, count)), (MovementKind.SOLD, Move(sku_id, -count, -count))):
        inventory_stock.move(kind=kind, moves=[move], cause=cause, actor=SYSTEM, now=later(1))


# STOCK-1
def test_commit_makes_every_quantity_a_movement(clerk: Actor, brand_id: int) -> None:
    view = upload_and_apply(clerk, workbook(*sizes(KNIT, "S", "M"), COAT))
    assert view.state is UploadState.APPLIED
    assert units(brand_id) == {"A100 黑色 S": 10, "A100 黑色 M": 10, "B200 驼色 M": 10}
    movements = StockLedger.objects.values_list("kind", "cause", "on_hand_delta", "allotted_delta", "person_id")
    assert list(movements) == [("upload", f"upload:{view.id}", 10, 0, clerk.person_id)] * 3
    assert violations_of("inventory") == []
    assert AuditEntry.objects.filter(action="inventory.apply_upload", subject_id=view.id).count() == 1


def test_commit_leaves_faulty_rows_out_and_lands_the_rest(clerk: Actor, brand_id: int) -> None:
    view = upload_and_apply(clerk, workbook(KNIT, replace(COAT, quantity=-1), replace(COAT, size="L", category="奶粉")))
    assert (view.faults, units(brand_id)) == (2, {"A100 黑色 M": 10})


def test_committing_again_changes_nothing(clerk: Actor, brand_id: int) -> None:
    view = upload_and_apply(clerk, workbook(KNIT))
    before = (traces(), stock(brand_id))
    assert apply.apply_upload(actor=clerk, upload_id=view.id, now=later(1)).state is UploadState.APPLIED
    assert (traces(), stock(brand_id)) == before


def test_the_same_file_again_changes_nothing(clerk: Actor, brand_id: int) -> None:
    data = workbook(*sizes(KNIT, "S", "M"), COAT)
    upload_and_apply(clerk, data)
    before = (traces(), stock(brand_id))
    view = upload_and_apply(clerk, data, now=later(1))
    assert (view.added, view.changed, view.unchanged, view.styles_changed) == (0, 0, 3, 0)
    assert (traces(), stock(brand_id)) == before


def test_the_same_file_again_does_not_bring_back_what_was_sold(clerk: Actor, brand_id: int) -> None:
    data = workbook(KNIT)
    upload_and_apply(clerk, data)
    allot("M", 4)
    sold = [Move(Sku.objects.get().pk, -3, -3)]
    inventory_stock.move(kind=MovementKind.SOLD, moves=sold, cause="order:1", actor=SYSTEM, now=later(2))
    view = upload_and_apply(clerk, data, now=later(3))
    assert (view.unchanged, units(brand_id)) == (1, {"A100 黑色 M": 7})


def test_the_same_file_again_does_not_bring_back_what_was_sold_while_it_was_looked_at(
    clerk: Actor, brand_id: int
) -> None:
    upload_and_apply(clerk, workbook(KNIT, COAT))
    data = workbook(replace(KNIT, quantity=12), COAT)
    upload_id = send(clerk, data, now=later(1))
    sell("A100", 1)
    assert read_upload(upload_id=upload_id, clock=lambda: later(2))
    sell("A100", 2)
    sell("B200", 3)
    apply.apply_upload(actor=clerk, upload_id=upload_id, now=later(3))
    sold = {"A100 黑色 M": 9, "B200 驼色 M": 7}
    assert units(brand_id) == sold
    for minute in (4, 5):
        view = upload_and_apply(clerk, data, now=later(minute))
        assert (view.unchanged, units(brand_id)) == (2, sold)


def test_the_same_file_again_brings_what_was_refused_as_it_says(clerk: Actor, brand_id: int) -> None:
    inventory_stock.set_brand_categories(actor=SYSTEM, brand_id=brand_id, codes=["women-tops"], now=later(0))
    data = workbook(KNIT, COAT)
    assert upload_and_apply(clerk, data).faults == 1
    inventory_stock.set_brand_categories(actor=SYSTEM, brand_id=brand_id, codes=["women"], now=later(1))
    other = upload_and_apply(clerk, workbook(KNIT, replace(COAT, quantity=5)), now=later(2))
    adjust = [Move(Sku.objects.get(style__style_no="B200").pk, 2, 0)]
    inventory_stock.move(kind=MovementKind.ADJUST, moves=adjust, cause="adjust:1", actor=SYSTEM, now=later(3))
    undo.undo_upload(actor=clerk, upload_id=other.id, now=later(4))
    upload_and_apply(clerk, data, now=later(5))
    assert units(brand_id) == {"A100 黑色 M": 10, "B200 驼色 M": 10}
    assert units_that_differ() == []


def test_the_same_file_again_knows_a_landing_that_has_movements_for_its_page(clerk: Actor, brand_id: int) -> None:
    data = workbook(KNIT)
    view = upload_and_apply(clerk, data)
    sell("A100", 4)
    # As it was landed before there were pages.
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO inventory_movement (id, sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id)
            SELECT id, sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id
            FROM inventory_stockledger WHERE kind = 'upload';
            SET CONSTRAINTS ALL IMMEDIATE;
            ALTER TABLE inventory_upload DISABLE TRIGGER inventory_upload_applied_fixed;
            UPDATE inventory_upload SET changes_are_movements = false;
            ALTER TABLE inventory_upload ENABLE TRIGGER inventory_upload_applied_fixed;
            """
        )
    assert units_that_differ() == []
    again = upload_and_apply(clerk, data, now=later(1))
    assert (again.id != view.id, again.unchanged, units(brand_id)) == (True, 1, {"A100 黑色 M": 6})


def test_another_file_sets_what_it_says(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    upload_and_apply(clerk, workbook(replace(KNIT, quantity=3)), now=later(1))
    upload_and_apply(clerk, workbook(KNIT), now=later(2))
    assert units(brand_id) == {"A100 黑色 M": 10}
    assert list(StockLedger.objects.order_by("id").values_list("on_hand_delta", flat=True)) == [10, -7, 7]


def test_commit_of_jumping_prices_needs_a_second_confirmation(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    view = preview(clerk, workbook(replace(KNIT, tag_fen=399000, base_fen=99000)), now=later(1))
    before = (traces(), stock(brand_id))
    with pytest.raises(apply.PricesNeedConfirmation) as refused:
        apply.apply_upload(actor=clerk, upload_id=view.id, now=later(2))
    assert refused.value.skus == 1
    assert (traces(), stock(brand_id), state_of(view.id)) == (*before, "preview")
    apply.apply_upload(actor=clerk, upload_id=view.id, confirm_prices=True, now=later(3))
    assert Sku.objects.get().base_price_fen == 99000


def test_commit_zeroes_absent_goods_that_the_clerk_chose(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(*sizes(KNIT, "S", "M", "L")))
    view = preview(clerk, workbook(KNIT), now=later(1))
    chosen = [each.sku_id for each in selectors.changes_of_upload(view.id, kind="missing").items if each.size == "S"]
    receive.zero_missing(actor=clerk, upload_id=view.id, sku_ids=chosen, zero=True, now=later(2))
    apply.apply_upload(actor=clerk, upload_id=view.id, now=later(3))
    assert units(brand_id) == {"A100 黑色 S": 0, "A100 黑色 M": 10, "A100 黑色 L": 10}
    assert violations_of("inventory") == []


def test_zeroing_bound_goods_is_refused_and_all_means_all_that_are_free(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(*sizes(KNIT, "S", "M", "L")))
    allot("S", 2)
    view = preview(clerk, workbook(KNIT), now=later(2))
    bound = [Sku.objects.get(size="S").pk]
    with pytest.raises(receive.MissingSkuAllotted) as refused:
        receive.zero_missing(actor=clerk, upload_id=view.id, sku_ids=bound, zero=True, now=later(3))
    assert (refused.value.skus, refused.value.units) == (1, 2)
    assert receive.zero_missing(actor=clerk, upload_id=view.id, sku_ids=None, zero=True, now=later(3)).zeroed == 1


def test_commit_finds_stock_bound_since_the_preview_and_looks_again(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(*sizes(KNIT, "S", "M")))
    view = preview(clerk, workbook(replace(KNIT, quantity=2), replace(KNIT, size="S", quantity=9)), now=later(1))
    allot("M", 5)
    before = (traces(), stock(brand_id))
    with pytest.raises(apply.StockAllottedMeanwhile) as refused:
        apply.apply_upload(actor=clerk, upload_id=view.id, now=later(2))
    assert (refused.value.skus, refused.value.units) == (1, 5)
    assert (traces(), stock(brand_id), state_of(view.id)) == (*before, "received")


def test_a_clerk_of_another_brand_finds_no_such_upload(clerk: Actor) -> None:
    view = preview(clerk, workbook(KNIT))
    stranger = new_clerk(new_brand("别家"), "stranger")
    for act in (apply.apply_upload, receive.cancel_upload, undo.undo_upload):
        with pytest.raises(selectors.NoSuchUpload):
            act(actor=stranger, upload_id=view.id, now=later(1))
    assert state_of(view.id) == "preview"


def test_two_brands_may_use_the_same_style_numbers_and_barcodes(clerk: Actor, brand_id: int) -> None:
    other = new_brand("别家")
    data = workbook(replace(KNIT, barcode="6901234567892"))
    upload_and_apply(clerk, data)
    upload_and_apply(new_clerk(other, "stranger"), data)
    assert units(brand_id) == units(other) == {"A100 黑色 M": 10}


def test_undo_brings_back_prices_and_fields_and_takes_new_goods_away(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(replace(KNIT, barcode="6901234567892"), replace(KNIT, size="S")))
    before = stock(brand_id)
    changed = replace(KNIT, barcode="6901234567892", base_fen=8800, quantity=3, name="开衫", colour="墨黑")
    view = preview(clerk, workbook(changed, COAT), now=later(1))
    receive.zero_missing(actor=clerk, upload_id=view.id, sku_ids=None, zero=True, now=later(1))
    apply.apply_upload(actor=clerk, upload_id=view.id, now=later(1))
    assert units(brand_id) == {"A100 墨黑 M": 3, "A100 黑色 S": 0, "B200 驼色 M": 10}
    assert undo.undo_upload(actor=clerk, upload_id=view.id, now=later(2)).state is UploadState.UNDONE
    assert stock(brand_id) == before
    assert violations_of("inventory") == []


def test_undo_deletes_what_the_upload_brought_and_says_so(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    before = (traces(), stock(brand_id), Style.objects.count())
    view = upload_and_apply(clerk, workbook(KNIT, replace(KNIT, size="L"), *sizes(COAT, "S", "M")), now=later(1))
    undone = undo.undo_upload(actor=clerk, upload_id=view.id, now=later(2))
    assert (undone.removed_skus, undone.removed_styles, undone.kept_skus) == (3, 1, 0)
    assert (traces(), stock(brand_id), Style.objects.count()) == before
    assert len(selectors.changes_of_upload(view.id).items) == 3  # what was done can be read
    assert all_violations() == []


def test_undo_keeps_what_something_names_and_says_so(clerk: Actor, brand_id: int) -> None:
    view = upload_and_apply(
        clerk, workbook(*sizes(KNIT, "S", "M"), COAT, replace(COAT, style_no="C1"), replace(COAT, style_no="C2"))
    )
    ids = {f"{each.style.style_no} {each.size}": each.pk for each in Sku.objects.select_related("style")}
    ops = person(Role.OPS)
    inventory_stock.adjust(actor=ops, sku_id=ids["A100 S"], units=3, reason="盘点", key="1", now=later(1))
    price_rules.create_control(
        actor=ops,
        now=later(1),
        control=ControlFields(
            brand_id=brand_id,
            action=Action.RAISE,
            starts_on=later(0).date(),
            style_id=Style.objects.get(style_no="C1").pk,
            floor_rate=Decimal("0.5"),
        ),
    )
    sale = planning.schedule(actor=ops, brand_id=brand_id, title="尾货", starts_at=later(600), now=later(1))
    lines = [planning.PlannedUnits(ids["C2 M"], 5, None)]
    planning.add_items(actor=ops, sale_id=sale.id, lines=lines, now=later(1))
    undone = undo.undo_upload(actor=clerk, upload_id=view.id, now=later(2))
    assert (undone.removed_skus, undone.removed_styles, undone.kept_skus) == (3, 1, 2)
    left = Sku.objects.order_by("pk").values_list("pk", "listed", "on_hand")
    assert list(left) == sorted([(ids["A100 S"], False, 0), (ids["C2 M"], False, 0)])
    assert set(Style.objects.values_list("style_no", flat=True)) == {"A100", "C1", "C2"}
    assert all_violations() == []
    again = upload_and_apply(clerk, workbook(*sizes(KNIT, "S", "M"), COAT), now=later(3))
    assert (again.added, Sku.objects.get(pk=ids["A100 S"]).on_hand) == (3, 10)
    assert all_violations() == []


@pytest.mark.parametrize("table", ["inventory_sku", "inventory_style"])
def test_goods_that_something_names_cannot_be_deleted_by_anybody(clerk: Actor, table: str) -> None:
    view = upload_and_apply(clerk, workbook(KNIT))
    inventory_stock.adjust(
        actor=person(Role.OPS), sku_id=Sku.objects.get().pk, units=3, reason="盘点", key="1", now=later(1)
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute(f"DELETE FROM {table}", {})
    assert (Sku.objects.count(), Style.objects.count(), state_of(view.id)) == (1, 1, "applied")


def test_goods_come_back_after_their_upload_was_undone(clerk: Actor, brand_id: int) -> None:
    data = workbook(replace(KNIT, barcode="6901234567892"), COAT)
    view = upload_and_apply(clerk, data)
    landed = stock(brand_id)
    undo.undo_upload(actor=clerk, upload_id=view.id, now=later(1))
    assert stock(brand_id) == []
    again = upload_and_apply(clerk, data, now=later(2))
    assert (again.added, stock(brand_id)) == (2, landed)
    assert violations_of("inventory") == []


def test_undo_is_refused_once_a_unit_was_allotted_even_if_it_came_back(clerk: Actor, brand_id: int) -> None:
    view = upload_and_apply(clerk, workbook(KNIT))
    allot("M", 1)
    give_back("M", 1)
    before = (traces(), stock(brand_id))
    assert not selectors.get_upload(view.id).may_undo
    with pytest.raises(undo.TooLateToUndo):
        undo.undo_upload(actor=clerk, upload_id=view.id, now=later(3))
    assert (traces(), stock(brand_id), state_of(view.id)) == (*before, "applied")


def test_undo_is_not_stopped_by_an_allotment_of_goods_that_it_left_alone(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    view = upload_and_apply(clerk, workbook(KNIT, COAT), now=later(1))
    allot_knit = Move(Sku.objects.get(style__style_no="A100").pk, 0, 2)
    inventory_stock.move(kind=MovementKind.ALLOT, moves=[allot_knit], cause="sale:1", actor=SYSTEM, now=later(2))
    assert selectors.get_upload(view.id).may_undo
    undo.undo_upload(actor=clerk, upload_id=view.id, now=later(3))
    assert units(brand_id) == {"A100 黑色 M": 10}


def test_undo_begins_with_the_latest_upload(clerk: Actor) -> None:
    first = upload_and_apply(clerk, workbook(KNIT))
    second = upload_and_apply(clerk, workbook(replace(KNIT, quantity=4)), now=later(1))
    with pytest.raises(undo.LaterUploadApplied):
        undo.undo_upload(actor=clerk, upload_id=first.id, now=later(2))
    undo.undo_upload(actor=clerk, upload_id=second.id, now=later(2))
    undo.undo_upload(actor=clerk, upload_id=first.id, now=later(3))
    assert violations_of("inventory") == []


def test_cancel_changes_nothing_and_lets_the_next_upload_in(clerk: Actor, brand_id: int) -> None:
    view = preview(clerk, workbook(KNIT))
    assert receive.cancel_upload(actor=clerk, upload_id=view.id, now=later(1)).state is UploadState.CANCELLED
    assert stock(brand_id) == []
    assert upload_and_apply(clerk, workbook(COAT), now=later(2)).added == 1


def test_a_commit_that_breaks_on_its_last_row_leaves_nothing(clerk: Actor, brand_id: int) -> None:
    view = preview(clerk, workbook(*sizes(KNIT, "S", "M", "L"), COAT))
    # Somebody has taken the id that the last of the new goods was promised.
    last = selectors.changes_of_upload(view.id).items[-1].sku_id
    style = Style.objects.create(brand_id=brand_id, style_no="Z9")
    Sku.objects.create(id=last, brand_id=brand_id, style=style, size="X", tag_price_fen=200, base_price_fen=100)
    before = (traces(), stock(brand_id))
    with pytest.raises(IntegrityError):
        apply.apply_upload(actor=clerk, upload_id=view.id, now=later(1))
    assert (traces(), stock(brand_id), state_of(view.id)) == (*before, "preview")


quantities = st.integers(0, 30)
lines = st.builds(
    Line,
    style_no=st.sampled_from(["A1", "A2", "A3"]),
    name=st.sampled_from(["", "针织衫", "开衫"]),
    category=st.sampled_from(["", "毛衣", "风衣"]),
    colour=st.sampled_from(["黑", "白"]),
    size=st.sampled_from(["S", "M", "L"]),
    base_fen=st.sampled_from([5000, 9900, 12000]),
    quantity=quantities,
)
files = st.lists(lines, min_size=1, max_size=8, unique_by=lambda line: (line.style_no, line.colour, line.size)).map(
    lambda found: workbook(*found)
)


@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(files, min_size=1, max_size=4))
def test_undo_upload_one_by_one_restores_each_earlier_stock(clerk: Actor, brand_id: int, history: list[bytes]) -> None:
    with rolled_back():
        catalogue, landed = [stock(brand_id)], []
        for minute, data in enumerate(history):
            landed.append(upload_and_apply_in_process(clerk, data, minute))
            catalogue.append(stock(brand_id))
        assert violations_of("inventory") == []
        for upload_id in reversed(landed):
            assert stock(brand_id) == catalogue.pop()
            undo.undo_upload(actor=clerk, upload_id=upload_id, now=later(60))
        assert stock(brand_id) == catalogue.pop()
        assert violations_of("inventory") == []


@pytest.mark.parametrize("action", [apply.apply_upload, undo.undo_upload])
def test_what_was_cancelled_stays_so(clerk: Actor, action: object) -> None:
    view = preview(clerk, workbook(KNIT))
    receive.cancel_upload(actor=clerk, upload_id=view.id, now=later(1))
    with pytest.raises(Refusal):
        action(actor=clerk, upload_id=view.id, now=later(2))  # type: ignore[operator]
    assert state_of(view.id) == "cancelled"
