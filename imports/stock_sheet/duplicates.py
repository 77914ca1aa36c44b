"""The same goods said twice: within a sheet, across sheets, by barcode; summary sheets that repeat the others."""

from __future__ import annotations

from typing import Any

from imports import vocabulary as words
from imports.report import Fault, Ignored
from imports.stock_sheet.sheetbook import Account
from imports.workbook.model import column_letters

Places = list[tuple[int | None, int | None]]
_COMPARED = (
    ("quantity", "数量", "quantity"),
    ("tag_price_fen", "吊牌价", "tag price"),
    ("base_price_fen", "供货价", "supply price"),
    ("barcode", "条码", "barcode"),
)


def drop_summaries(account: Account, places: Places, headings: dict[tuple[str | None, int], str]) -> Places:
    """A sheet named as a summary whose every SKU stands on another sheet too is a summary."""
    columns = account.rows.columns
    sheets = list(dict.fromkeys(columns["sheet"]))
    named = [name for name in sheets if name and (words.SUMMARY_SHEET.search(name) or name in ("全部", "所有", "总"))]
    if not named or len(sheets) < 2:
        return places
    keys = _keys(account)
    for name in named:
        own = {key for key, sheet in zip(keys, columns["sheet"], strict=True) if sheet == name}
        others = {key for key, sheet in zip(keys, columns["sheet"], strict=True) if sheet != name}
        if not own <= others:
            continue
        kept = [at for at, sheet in enumerate(columns["sheet"]) if sheet != name]
        dropped = sorted({row for row, sheet in zip(columns["row"], columns["sheet"], strict=True) if sheet == name})
        account.ignored += [Ignored(name, row, "summary_sheet", row) for row in dropped]
        account.warnings.append(Fault(name, dropped[0], None, None, "summary_sheet", name))
        account.rows.keep(kept)
        columns = account.rows.columns
        places = [places[at] for at in kept]
        keys = [keys[at] for at in kept]
    return places


def drop_duplicates(account: Account, places: Places, headings: dict[tuple[str | None, int], str]) -> None:
    """Exact repeats and repeated barcodes cost the later line; contradictions cost both (IMPORT-12)."""
    columns = account.rows.columns
    keys = _keys(account)
    bad: set[int] = set()
    if len(set(keys)) != len(keys):
        first: dict[Any, int] = {}
        for at, key in enumerate(keys):
            before = first.setdefault(key, at)
            if before != at:
                _same_goods(account, places, headings, before, at, bad)
    codes = columns["barcode"]
    filled = [code for code in codes if code is not None]
    if len(set(filled)) != len(filled):
        owner: dict[str, int] = {}
        for at, code in enumerate(codes):
            if code is None or at in bad:
                continue
            before = owner.setdefault(code, at)
            if before != at and keys[before] != keys[at]:
                _fault(account, headings, at, places[at][1], "duplicate_barcode", code, (str(columns["row"][before]),))
                bad.add(at)
    if bad:
        account.rows.keep([at for at in range(len(keys)) if at not in bad])


def _keys(account: Account) -> list[Any]:
    """What tells goods apart: style, colour and size, whatever the case of their letters."""
    columns = account.rows.columns
    names = ("style_no", "colour", "size")
    distinct = [set(columns[name]) for name in names]
    if all(len({(value or "").casefold() for value in values}) == len(values) for values in distinct):
        return list(zip(*(columns[name] for name in names), strict=True))
    return [
        f"{style}\x00{colour or ''}\x00{size}".casefold()
        for style, colour, size in zip(columns["style_no"], columns["colour"], columns["size"], strict=True)
    ]


def _same_goods(
    account: Account,
    places: Places,
    headings: dict[tuple[str | None, int], str],
    before: int,
    at: int,
    bad: set[int],
) -> None:
    columns = account.rows.columns
    style = columns["style_no"][at]
    if columns["sheet"][before] != columns["sheet"][at]:
        details = (columns["sheet"][before] or "", str(columns["row"][before]))
        _fault(account, headings, at, places[at][0], "duplicate_across_sheets", style, details)
        bad.add(at)
        return
    differ = [(zh, en) for name, zh, en in _COMPARED if columns[name][before] != columns[name][at]]
    if not differ:
        _fault(account, headings, at, places[at][0], "duplicate_row", style, (str(columns["row"][before]),))
        bad.add(at)
        return
    zh, en = "、".join(pair[0] for pair in differ), ", ".join(pair[1] for pair in differ)
    for one, other in ((before, at), (at, before)):
        if one not in bad:
            said = (str(columns["row"][other]), zh, en)
            _fault(account, headings, one, places[one][0], "conflicting_duplicate", style, said)
            bad.add(one)


def _fault(
    account: Account,
    headings: dict[tuple[str | None, int], str],
    at: int,
    column: int | None,
    code: str,
    value: str,
    details: tuple[str, ...],
) -> None:
    columns = account.rows.columns
    sheet = columns["sheet"][at]
    cell = columns["col"][at]
    letters = cell.rstrip("0123456789") if cell else None if column is None else column_letters(column)
    heading = None if column is None or cell else headings.get((sheet, column))
    account.faults.append(Fault(sheet, columns["row"][at], letters, heading, code, value, details))
