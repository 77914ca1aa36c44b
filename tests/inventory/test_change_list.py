"""STOCK-1: what an upload moved is its list of changes, as append-only as the movements beside it."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from accounts.rules import SYSTEM, Actor, Role
from integrity.selectors.checks import violations_of
from inventory.models import Movement, Sku, StockLedger, Upload, UploadChange
from inventory.rules import Move, MovementKind
from inventory.services import stock as inventory_stock
from inventory.uploads import undo
from tests.builders import person
from tests.inventory.stock_workbooks import (
    Line,
    later,
    preview,
    sizes,
    stock,
    units,
    units_that_differ,
    upload_and_apply,
    workbook,
)

pytestmark = pytest.mark.django_db

KNIT = Line()
COAT = Line(style_no="B200", name="长款风衣", category="风衣", colour="驼色", tag_fen=129900, base_fen=32900)


def sell(units: int, cause: str) -> None:
    sku = Sku.objects.get(size="M", style__style_no="A100").pk
    for kind, on_hand, allotted in ((MovementKind.ALLOT, 0, units), (MovementKind.SOLD, -units, -units)):
        inventory_stock.move(kind=kind, moves=[Move(sku, on_hand, allotted)], cause=cause, actor=SYSTEM, now=later(5))


def test_the_ledger_has_what_moved_in_its_order_whoever_moved_it(clerk: Actor) -> None:
    first = upload_and_apply(clerk, workbook(KNIT))
    sell(3, "sale:1")
    second = upload_and_apply(clerk, workbook(replace(KNIT, quantity=2), replace(COAT, quantity=0)), now=later(6))
    found = StockLedger.objects.order_by("id").values_list("cause", "on_hand_delta", "at", "person_id")
    assert list(found) == [
        (f"upload:{first.id}", 10, first.ended_at, clerk.person_id),
        ("sale:1", 0, later(5), None),
        ("sale:1", -3, later(5), None),
        (f"upload:{second.id}", -5, second.ended_at, clerk.person_id),
    ]
    assert not Movement.objects.filter(kind="upload").exists()


def test_changes_of_an_applied_upload_are_immutable(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(*sizes(KNIT, "S", "M")))
    for change in (
        lambda: UploadChange.objects.filter(size="S").update(on_hand_delta=99),
        lambda: UploadChange.objects.filter(size="S").delete(),
        lambda: Upload.objects.update(applied_at_seq=1),
        lambda: Upload.objects.update(state="cancelled", changes_are_movements=False),
        lambda: Upload.objects.update(changes_are_movements=False),
        lambda: Upload.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert violations_of("inventory") == []


def test_the_page_of_an_upload_in_preview_is_no_movement_yet(clerk: Actor) -> None:
    preview(clerk, workbook(KNIT))
    assert not StockLedger.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Upload.objects.update(changes_are_movements=True)


def test_units_that_differ_from_an_upload_are_a_violation(clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    Sku.objects.update(on_hand=11)
    assert [violation.what for violation in units_that_differ()] == [
        "on hand 11, by its movements 10; allotted 0, by its movements 0"
    ]


def test_undo_upload_writes_its_changes_and_their_reversal_as_movements(clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    view = upload_and_apply(clerk, workbook(replace(KNIT, quantity=4), COAT), now=later(1))
    coat = Sku.objects.get(style__style_no="B200").pk
    inventory_stock.adjust(actor=person(Role.OPS), sku_id=coat, units=1, reason="盘点", key="1", now=later(1))
    undo.undo_upload(actor=clerk, upload_id=view.id, now=later(2))
    written = Movement.objects.order_by("id").values_list("cause", "on_hand_delta", "at")
    assert list(written) == [
        ("adjust:1", 1, later(1)),
        (f"upload:{view.id}", -6, later(1)),
        (f"upload:{view.id}", 10, later(1)),
        (f"upload:{view.id}:undo", 6, later(2)),
        (f"upload:{view.id}:undo", -11, later(2)),
    ]
    assert not Upload.objects.get(pk=view.id).changes_are_movements
    assert StockLedger.objects.aggregate(units=Sum("on_hand_delta"))["units"] == 10
    assert (units(brand_id), violations_of("inventory")) == ({"A100 黑色 M": 10}, [])


def test_undo_upload_accepts_an_upload_whose_changes_are_movements(clerk: Actor, brand_id: int) -> None:
    view = upload_and_apply(clerk, workbook(KNIT, COAT))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO inventory_movement (sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id)
            SELECT sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id FROM inventory_stockledger;
            ALTER TABLE inventory_upload DISABLE TRIGGER inventory_upload_applied_fixed;
            UPDATE inventory_upload SET changes_are_movements = false, applied_by_id = NULL;
            ALTER TABLE inventory_upload ENABLE TRIGGER inventory_upload_applied_fixed;
            """
        )
    assert units_that_differ() == []
    undo.undo_upload(actor=clerk, upload_id=view.id, now=later(1))
    assert (stock(brand_id), units_that_differ()) == ([], [])
    assert StockLedger.objects.count() == 4


def test_a_file_sent_again_after_a_later_one_was_undone_says_nothing_new(clerk: Actor, brand_id: int) -> None:
    data = workbook(KNIT)
    upload_and_apply(clerk, data)
    other = upload_and_apply(clerk, workbook(replace(KNIT, quantity=25), COAT), now=later(1))
    undo.undo_upload(actor=clerk, upload_id=other.id, now=later(2))
    sell(3, "sale:1")
    again = upload_and_apply(clerk, data, now=later(6))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    assert (units(brand_id), units_that_differ()) == ({"A100 黑色 M": 7}, [])
