"""The same goods said twice: within a sheet, across sheets, by barcode, by warehouse; summaries of the other sheets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from imports import fields, vocabulary
from imports.cells.numbers import parse_units
from imports.cells.text import Problem, fold_case
from imports.report import Fault, Ignored
from imports.stock_sheet.builder import ReadingBuilder
from imports.workbook.model import column_index

_COMPARED = (
    ("quantity", "数量", "quantity"),
    ("tag_price_fen", "吊牌价", "tag price"),
    ("base_price_fen", "供货价", "supply price"),
    ("barcode", "条码", "barcode"),
)
_SHOWN_LINES = 20


def drop_summaries(builder: ReadingBuilder) -> None:
    """A sheet named as a summary whose every SKU stands on another sheet too is a summary."""
    columns = builder.rows.columns
    sheets = list(dict.fromkeys(columns["sheet"]))
    named = [
        name for name in sheets if name and (vocabulary.SUMMARY_SHEET.search(name) or name in ("全部", "所有", "总"))
    ]
    if not named or len(sheets) < 2:
        return
    own: dict[str | None, set[Any]] = {name: set() for name in sheets}
    rows: dict[str | None, set[int]] = {name: set() for name in sheets}
    for key, sheet, row in zip(_keys(builder), columns["sheet"], columns["row"], strict=True):
        own[sheet].add(key)
        rows[sheet].add(row)
    sheets_with = Counter(key for keys in own.values() for key in keys)
    spoken: dict[str | None, set[int]] = {}
    for fault in builder.faults:
        spoken.setdefault(fault.sheet, set()).add(fault.row)
    dropped: set[str | None] = set()
    for name in named:
        if any(sheets_with[key] == 1 for key in own[name]):
            continue
        sheets_with.subtract(own[name])
        dropped.add(name)
        lines = sorted(rows[name])
        builder.ignored += [
            Ignored(name, row, "summary_sheet", row) for row in lines if row not in spoken.get(name, ())
        ]
        builder.warnings.append(Fault(name, lines[0], None, None, "summary_sheet", name))
    if dropped:
        builder.keep([at for at, sheet in enumerate(columns["sheet"]) if sheet not in dropped])


def drop_duplicates(builder: ReadingBuilder) -> None:
    """Exact repeats and repeated barcodes cost the later line; contradictions cost both (IMPORT-12).

    Lines that name different warehouses, cartons or batches are no contradiction: they are one SKU (IMPORT-17).
    """
    keys = _keys(builder)
    dropped: set[int] = set()
    added: set[int] = set()
    if len(set(keys)) != len(keys):
        first: dict[Any, int] = {}
        groups: dict[Any, list[int]] = {}
        for at, key in enumerate(keys):
            before = first.setdefault(key, at)
            if before != at:
                groups.setdefault(key, [before]).append(at)
        for group in groups.values():
            _resolve_group(builder, group, dropped, added)
    dropped |= added
    codes = builder.rows.columns["barcode"]
    filled = [code for code in codes if code is not None]
    if len(set(filled)) != len(filled):
        owner: dict[str, int] = {}
        for at, code in enumerate(codes):
            if code is None or at in dropped:
                continue
            before = owner.setdefault(code, at)
            if before != at and keys[before] != keys[at]:
                _fault(builder, at, fields.BARCODE, "duplicate_barcode", code, (_row(builder, before),))
                dropped.add(at)
    if dropped:
        lines = {(builder.rows.columns["sheet"][at], builder.rows.columns["row"][at]) for at in added}
        builder.keep([at for at in range(len(keys)) if at not in dropped])
        _ignore_summed_lines(builder, lines)


def _keys(builder: ReadingBuilder) -> list[Any]:
    """What tells goods apart: style, colour and size, whatever the case of their letters."""
    columns = builder.rows.columns
    names = ("style_no", "colour", "size")
    distinct = [set(columns[name]) for name in names]
    if all(len({fold_case(value or "") for value in values}) == len(values) for values in distinct):
        return list(zip(*(columns[name] for name in names), strict=True))
    return [
        fold_case(f"{style}\x00{colour or ''}\x00{size}")
        for style, colour, size in zip(columns["style_no"], columns["colour"], columns["size"], strict=True)
    ]


def _resolve_group(builder: ReadingBuilder, group: list[int], dropped: set[int], added: set[int]) -> None:
    """Decide about rows of the same style, colour and size, in the order of the workbook."""
    sheets = builder.rows.columns["sheet"]
    own = [at for at in group if sheets[at] == sheets[group[0]]]
    if len(own) > 1:
        if _are_places_of_one_sku(builder, own):
            _sum_places(builder, own, dropped, added)
        else:
            for at in own[1:]:
                _compare_pair(builder, own[0], at, dropped)
    for at in group:
        if sheets[at] != sheets[group[0]]:
            said = (sheets[group[0]] or "", _row(builder, group[0]))
            _fault(builder, at, fields.STYLE_NO, "duplicate_across_sheets", builder.rows.columns["style_no"][at], said)
            dropped.add(at)


def _are_places_of_one_sku(builder: ReadingBuilder, group: list[int]) -> bool:
    """Whether every line names its place, there is more than one, and all else is said alike."""
    columns = builder.rows.columns
    places = {builder.place_of[at] for at in group}
    return (
        None not in places
        and len(places) > 1
        and all(len({columns[name][at] for at in group}) == 1 for name, _, _ in _COMPARED if name != "quantity")
    )


def _sum_places(builder: ReadingBuilder, group: list[int], dropped: set[int], added: set[int]) -> None:
    """The units of all places; a place said twice with the same units is a repeat, with others a contradiction."""
    units = builder.rows.columns["quantity"]
    of_place: dict[Any, int] = {}
    repeats: list[tuple[int, int]] = []
    for at in group:
        before = of_place.setdefault(builder.place_of[at], at)
        if before != at:
            repeats.append((before, at))
    if any(units[before] != units[at] for before, at in repeats):
        for at in group[1:]:
            _report_conflict(builder, group[0], at, "数量", "quantity", dropped)
        return
    for before, at in repeats:
        style = builder.rows.columns["style_no"][at]
        _fault(builder, at, fields.STYLE_NO, "duplicate_row", style, (_row(builder, before),))
        dropped.add(at)
    summed = list(of_place.values())
    total = parse_units(float(sum(units[at] for at in summed)))
    if isinstance(total, Problem) and total.fatal:
        for at in summed:
            _fault(builder, at, fields.QUANTITY, total.code, str(units[at]), ())
            dropped.add(at)
        return
    units[summed[0]] = total.value if isinstance(total, Problem) else total
    lines = [_row(builder, at) for at in summed]
    more = ["…"] if len(lines) > _SHOWN_LINES else []
    said = ("、".join(lines[:_SHOWN_LINES] + more), ", ".join(lines[:_SHOWN_LINES] + more))
    _fault(builder, summed[0], fields.QUANTITY, "summed_lines", str(units[summed[0]]), said, fatal=False)
    added.update(summed[1:])


def _ignore_summed_lines(builder: ReadingBuilder, lines: Iterable[tuple[str | None, int]]) -> None:
    """Lines of which nothing is left as a row of its own: their units are in another row's."""
    wanted = set(lines)
    columns = builder.rows.columns
    wanted -= set(zip(columns["sheet"], columns["row"], strict=True))
    wanted -= {(fault.sheet, fault.row) for fault in builder.faults}
    builder.ignored += [Ignored(sheet, row, "summed", row) for sheet, row in sorted(wanted, key=lambda line: line[1])]


def _compare_pair(builder: ReadingBuilder, before: int, at: int, dropped: set[int]) -> None:
    columns = builder.rows.columns
    differ = [(zh, en) for name, zh, en in _COMPARED if columns[name][before] != columns[name][at]]
    if not differ:
        _fault(builder, at, fields.STYLE_NO, "duplicate_row", columns["style_no"][at], (_row(builder, before),))
        dropped.add(at)
        return
    zh, en = "、".join(pair[0] for pair in differ), ", ".join(pair[1] for pair in differ)
    _report_conflict(builder, before, at, zh, en, dropped)


def _report_conflict(builder: ReadingBuilder, before: int, at: int, zh: str, en: str, dropped: set[int]) -> None:
    for one, other in ((before, at), (at, before)):
        if one not in dropped:
            style = builder.rows.columns["style_no"][one]
            _fault(builder, one, fields.STYLE_NO, "conflicting_duplicate", style, (_row(builder, other), zh, en))
            dropped.add(one)


def _row(builder: ReadingBuilder, at: int) -> str:
    return str(builder.rows.columns["row"][at])


def _fault(
    builder: ReadingBuilder, at: int, name: str, code: str, value: str, details: tuple[str, ...], *, fatal: bool = True
) -> None:
    """A fault of a row at its column for `name`, or, in a matrix, at the cell of its quantity."""
    columns = builder.rows.columns
    table = builder.tables[builder.table_of[at]]
    cell = columns["col"][at]
    column = table.columns.get(name)
    if column is None and name == fields.QUANTITY and table.warehouses:
        column = table.warehouses[0]
    heading = table.heading(column)
    if cell:
        column, heading = column_index(cell.rstrip("0123456789")), columns["size"][at]
    builder.fault(table.sheet, columns["row"][at], column, heading, code, value, details, fatal=fatal)
