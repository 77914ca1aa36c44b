"""STOCK-9 in sets: rows that say what the catalogue says are met by one look, with the outcome that all the rules would give."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.rules import SYSTEM, Actor
from imports import stock_sheet
from inventory.models import Sku, Upload, UploadChange, UploadFault
from inventory.rules import Move, MovementKind
from inventory.services import stock
from inventory.sql import matching
from inventory.uploads import undo
from inventory.uploads.preview import build_preview
from tests.inventory.stock_workbooks import Line, later, preview, send, upload_and_apply_in_process, workbook

pytestmark = pytest.mark.django_db

BARCODES = ("6901234567892", "6901234567908", "6901234567915", "6901234567922")
lines = st.builds(
    Line,
    style_no=st.sampled_from(["A1", "A2"]),
    colour=st.sampled_from(["黑", "Navy"]),
    size=st.sampled_from(["S", "M", "L"]),
    barcode=st.sampled_from(["", "", *BARCODES]),
    base_fen=st.sampled_from([5000, 9900]),
    quantity=st.integers(0, 3),
)
goods = st.lists(
    lines,
    min_size=2,
    max_size=6,
    unique_by=(lambda line: (line.style_no, line.colour, line.size), lambda line: line.barcode or line),
)
twists = st.sampled_from(
    [{}, {}, {}, {"base_fen": 7000}, {"tag_fen": 29900}, {"quantity": 5}, {"barcode": ""}, {"barcode": BARCODES[3]}, {"category": "奶粉"},
     {"colour": "NAVY"}, {"style_no": "a1"}, {"size": "XL"}]
)  # fmt: skip
moves = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3)), max_size=4)


def staged(upload: Upload, data: bytes) -> tuple[Any, ...]:
    """Counts, list of changes and faults of a preview; ids that are drawn for new goods left out."""
    counts = build_preview(upload, stock_sheet.read(data, "a.csv"))
    upload.changes_from, upload.changes_to = counts["changes_from"], counts["changes_to"]
    fields = (
        "kind",
        "sku_id",
        "exists",
        "row",
        "style_no",
        "colour",
        "size",
        "barcode",
        "base_price_fen",
        "on_hand",
        "on_hand_delta",
        "old",
    )
    changes = [
        row | {"sku_id": row["exists"] and row["sku_id"]}
        for row in UploadChange.objects.of(upload).order_by("id").values(*fields)
    ]
    faults = UploadFault.objects.filter(upload_id=upload.pk).order_by("id").values("row", "code", "value", "message_zh")
    return {name: n for name, n in counts.items() if not name.startswith("changes_")}, changes, list(faults)


def move_some(moves: list[tuple[int, int]], cause: str) -> None:
    """Add units to some of the goods, and bind one of each to a sale."""
    goods = list(Sku.objects.order_by("pk").values_list("pk", flat=True))
    wanted = {goods[at]: units for at, units in moves if at < len(goods)}
    for kind, on_hand, allotted in ((MovementKind.ADJUST, 1, 0), (MovementKind.ALLOT, 0, 1)):
        found = [Move(sku, on_hand * units, allotted) for sku, units in wanted.items()]
        stock.move(kind=kind, moves=found, cause=cause, actor=SYSTEM, now=later(1))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    catalogue=goods,
    undone=st.booleans(),
    moved_before=moves,
    said=st.lists(st.none() | twists, min_size=6, max_size=6),
    new=st.lists(lines, max_size=1),
    moved_since=moves,
)
def test_rows_passed_as_the_same_are_those_that_all_the_rules_find_unchanged(
    clerk: Actor,
    monkeypatch: pytest.MonkeyPatch,
    catalogue: list[Line],
    undone: bool,
    moved_before: list[tuple[int, int]],
    said: list[dict[str, Any] | None],
    new: list[Line],
    moved_since: list[tuple[int, int]],
) -> None:
    with transaction.atomic():
        landed = upload_and_apply_in_process(clerk, workbook(*catalogue), 1)
        if undone:
            undo.undo_upload(actor=clerk, upload_id=landed, now=later(1))
        else:
            move_some(moved_before, "before")
        again = [replace(line, **twist) for line, twist in zip(catalogue, said, strict=False) if twist is not None]
        data = workbook(*again, *new)
        upload = Upload.objects.get(pk=send(clerk, data, now=later(2)))
        if not undone:
            move_some(moved_since, "since")
        at_once = staged(upload, data)
        with monkeypatch.context() as patched:
            patched.setattr(matching, "_UNCHANGED_ROWS", matching._UNCHANGED_ROWS + " AND false")
            assert staged(upload, data) == at_once
        transaction.set_rollback(True)


def test_two_rows_that_mean_one_sku_by_its_key_and_by_its_barcode_are_both_faults(clerk: Actor) -> None:
    upload_and_apply_in_process(clerk, workbook(Line(barcode=BARCODES[0])), 1)
    view = preview(clerk, workbook(Line(), Line(colour="墨黑", barcode=BARCODES[0])), now=later(2))
    faults = UploadFault.objects.filter(upload_id=view.id).order_by("row").values_list("row", "code")
    assert list(faults) == [(2, "conflicting_duplicate"), (3, "conflicting_duplicate")]
