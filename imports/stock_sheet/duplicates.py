"""The same goods said twice: within a sheet, across sheets, by barcode, by warehouse; summaries of the other sheets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from imports import cells
from imports import vocabulary as words
from imports.cells import Problem
from imports.report import Fault, Ignored
from imports.stock_sheet.sheetbook import Account
from imports.workbook.model import column_index

_COMPARED = (
    ("quantity", "数量", "quantity"),
    ("tag_price_fen", "吊牌价", "tag price"),
    ("base_price_fen", "供货价", "supply price"),
    ("barcode", "条码", "barcode"),
)
_SHOWN_LINES = 20


def drop_summaries(account: Account) -> None:
    """A sheet named as a summary whose every SKU stands on another sheet too is a summary."""
    columns = account.rows.columns
    sheets = list(dict.fromkeys(columns["sheet"]))
    named = [name for name in sheets if name and (words.SUMMARY_SHEET.search(name) or name in ("全部", "所有", "总"))]
    if not named or len(sheets) < 2:
        return
    own: dict[str | None, set[Any]] = {name: set() for name in sheets}
    rows: dict[str | None, set[int]] = {name: set() for name in sheets}
    for key, sheet, row in zip(_keys(account), columns["sheet"], columns["row"], strict=True):
        own[sheet].add(key)
        rows[sheet].add(row)
    sheets_with = Counter(key for keys in own.values() for key in keys)
    spoken: dict[str | None, set[int]] = {}
    for fault in account.faults:
        spoken.setdefault(fault.sheet, set()).add(fault.row)
    dropped: set[str | None] = set()
    for name in named:
        if any(sheets_with[key] == 1 for key in own[name]):
            continue
        sheets_with.subtract(own[name])
        dropped.add(name)
        lines = sorted(rows[name])
        account.ignored += [
            Ignored(name, row, "summary_sheet", row) for row in lines if row not in spoken.get(name, ())
        ]
        account.warnings.append(Fault(name, lines[0], None, None, "summary_sheet", name))
    if dropped:
        account.keep([at for at, sheet in enumerate(columns["sheet"]) if sheet not in dropped])


def drop_duplicates(account: Account) -> None:
    """Exact repeats and repeated barcodes cost the later line; contradictions cost both (IMPORT-12).

    Lines that name different warehouses, cartons or batches are no contradiction: they are one SKU (IMPORT-17).
    """
    keys = _keys(account)
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
            _settle(account, group, dropped, added)
    dropped |= added
    codes = account.rows.columns["barcode"]
    filled = [code for code in codes if code is not None]
    if len(set(filled)) != len(filled):
        owner: dict[str, int] = {}
        for at, code in enumerate(codes):
            if code is None or at in dropped:
                continue
            before = owner.setdefault(code, at)
            if before != at and keys[before] != keys[at]:
                _fault(account, at, words.BARCODE, "duplicate_barcode", code, (_row(account, before),))
                dropped.add(at)
    if dropped:
        lines = {(account.rows.columns["sheet"][at], account.rows.columns["row"][at]) for at in added}
        account.keep([at for at in range(len(keys)) if at not in dropped])
        _account_for(account, lines)


def _keys(account: Account) -> list[Any]:
    """What tells goods apart: style, colour and size, whatever the case of their letters."""
    columns = account.rows.columns
    names = ("style_no", "colour", "size")
    distinct = [set(columns[name]) for name in names]
    if all(len({cells.one_case(value or "") for value in values}) == len(values) for values in distinct):
        return list(zip(*(columns[name] for name in names), strict=True))
    return [
        cells.one_case(f"{style}\x00{colour or ''}\x00{size}")
        for style, colour, size in zip(columns["style_no"], columns["colour"], columns["size"], strict=True)
    ]


def _settle(account: Account, group: list[int], dropped: set[int], added: set[int]) -> None:
    """Decide about rows of the same style, colour and size, in the order of the workbook."""
    sheets = account.rows.columns["sheet"]
    own = [at for at in group if sheets[at] == sheets[group[0]]]
    if len(own) > 1:
        if _are_places_of_one(account, own):
            _add_up(account, own, dropped, added)
        else:
            for at in own[1:]:
                _compare(account, own[0], at, dropped)
    for at in group:
        if sheets[at] != sheets[group[0]]:
            said = (sheets[group[0]] or "", _row(account, group[0]))
            _fault(account, at, words.STYLE, "duplicate_across_sheets", account.rows.columns["style_no"][at], said)
            dropped.add(at)


def _are_places_of_one(account: Account, group: list[int]) -> bool:
    """Whether every line names its place, there is more than one, and all else is said alike."""
    columns = account.rows.columns
    places = {account.place_of[at] for at in group}
    return (
        None not in places
        and len(places) > 1
        and all(len({columns[name][at] for at in group}) == 1 for name, _, _ in _COMPARED if name != "quantity")
    )


def _add_up(account: Account, group: list[int], dropped: set[int], added: set[int]) -> None:
    """The units of all places; a place said twice with the same units is a repeat, with others a contradiction."""
    units = account.rows.columns["quantity"]
    of_place: dict[Any, int] = {}
    repeats: list[tuple[int, int]] = []
    for at in group:
        before = of_place.setdefault(account.place_of[at], at)
        if before != at:
            repeats.append((before, at))
    if any(units[before] != units[at] for before, at in repeats):
        for at in group[1:]:
            _contradict(account, group[0], at, "数量", "quantity", dropped)
        return
    for before, at in repeats:
        style = account.rows.columns["style_no"][at]
        _fault(account, at, words.STYLE, "duplicate_row", style, (_row(account, before),))
        dropped.add(at)
    summed = list(of_place.values())
    total = cells.units(float(sum(units[at] for at in summed)))
    if isinstance(total, Problem) and total.fatal:
        for at in summed:
            _fault(account, at, words.QUANTITY, total.code, str(units[at]), ())
            dropped.add(at)
        return
    units[summed[0]] = total.value if isinstance(total, Problem) else total
    lines = [_row(account, at) for at in summed]
    more = ["…"] if len(lines) > _SHOWN_LINES else []
    said = ("、".join(lines[:_SHOWN_LINES] + more), ", ".join(lines[:_SHOWN_LINES] + more))
    _fault(account, summed[0], words.QUANTITY, "summed_lines", str(units[summed[0]]), said, fatal=False)
    added.update(summed[1:])


def _account_for(account: Account, lines: Iterable[tuple[str | None, int]]) -> None:
    """Lines of which nothing is left as a row of its own: their units are in another row's."""
    wanted = set(lines)
    columns = account.rows.columns
    wanted -= set(zip(columns["sheet"], columns["row"], strict=True))
    wanted -= {(fault.sheet, fault.row) for fault in account.faults}
    account.ignored += [Ignored(sheet, row, "summed", row) for sheet, row in sorted(wanted, key=lambda line: line[1])]


def _compare(account: Account, before: int, at: int, dropped: set[int]) -> None:
    columns = account.rows.columns
    differ = [(zh, en) for name, zh, en in _COMPARED if columns[name][before] != columns[name][at]]
    if not differ:
        _fault(account, at, words.STYLE, "duplicate_row", columns["style_no"][at], (_row(account, before),))
        dropped.add(at)
        return
    zh, en = "、".join(pair[0] for pair in differ), ", ".join(pair[1] for pair in differ)
    _contradict(account, before, at, zh, en, dropped)


def _contradict(account: Account, before: int, at: int, zh: str, en: str, dropped: set[int]) -> None:
    for one, other in ((before, at), (at, before)):
        if one not in dropped:
            style = account.rows.columns["style_no"][one]
            _fault(account, one, words.STYLE, "conflicting_duplicate", style, (_row(account, other), zh, en))
            dropped.add(one)


def _row(account: Account, at: int) -> str:
    return str(account.rows.columns["row"][at])


def _fault(
    account: Account, at: int, name: str, code: str, value: str, details: tuple[str, ...], *, fatal: bool = True
) -> None:
    """A fault of a row at its column for `name`, or, in a matrix, at the cell of its quantity."""
    columns = account.rows.columns
    table = account.tables[account.table_of[at]]
    cell = columns["col"][at]
    column = table.columns.get(name)
    if column is None and name == words.QUANTITY and table.warehouses:
        column = table.warehouses[0]
    heading = table.heading(column)
    if cell:
        column, heading = column_index(cell.rstrip("0123456789")), columns["size"][at]
    account.fault(table.sheet, columns["row"][at], column, heading, code, value, details, fatal=fatal)
