"""Reads of uploaded bank statements: the preview says of each line what it would become."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from bank_statements.models import BankStatementLine, BankStatementUpload
from bank_statements.rules import (
    TICKABLE,
    CodeOwner,
    LineFacts,
    Match,
    MatchKind,
    UploadState,
    tick_value,
)
from bank_statements.selectors import candidates
from bank_statements.selectors.lines import open_line_ids
from db.rows import view_of
from kernel.refusal import Missing
from treasury.rules.bank_accounts import mask_number
from web.pagination import Page, paginate


class NoSuchUpload(Missing):
    code = "bank_statements.no_such_upload"
    zh = "没有这份银行流水（{upload_id}）"
    en = "There is no bank statement {upload_id}"
    upload_id: int


@dataclass(frozen=True, slots=True)
class BankStatementUploadView:
    """An uploaded statement. `faults` are lines that were refused, `gaps` places where the balance does not add up."""

    id: int
    account: str
    filename: str
    state: UploadState
    line_count: int
    new_count: int
    faults: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    uploaded_by: str
    uploaded_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line as the upload keeps it until it is committed. `key` is its place."""

    key: int
    sheet: str
    row: int
    day: date
    time: str
    amount_fen: int
    balance_fen: int | None
    counterparty: str
    counterparty_account: str
    remark: str
    reference: str

    @property
    def unique(self) -> tuple[str, int, date]:
        return (self.reference, self.amount_fen, self.day)

    @property
    def facts(self) -> LineFacts:
        return LineFacts(
            self.key,
            self.amount_fen,
            self.day,
            self.reference,
            self.counterparty,
            self.counterparty_account,
            self.remark,
        )


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line, with the number of the counterparty masked, and what it would become.

    `is_known`: an earlier file had it, and it was dealt with. `is_of_closed`: whose it is has a closed account, so a person decides.
    """

    line: StoredLine
    match: Match
    owner_name: str
    is_known: bool
    is_of_closed: bool

    @property
    def can_be_ticked(self) -> bool:
        return not self.is_known and self.match.kind in TICKABLE

    @property
    def is_certain(self) -> bool:
        return self.can_be_ticked and self.match.kind is MatchKind.CERTAIN and not self.is_of_closed

    @property
    def tick_value(self) -> str:
        whose = self.match.whose
        return tick_value(self.line.key, whose) if whose else ""


def get_upload(upload_id: int) -> BankStatementUploadView:
    return upload_view(_get_row(upload_id))


def list_uploads(*, cursor: str = "", limit: int = 50) -> Page[BankStatementUploadView]:
    """Uploaded statements, the newest first."""
    rows = BankStatementUpload.objects.select_related("uploaded_by").defer("content")
    return paginate(rows, name="bank_statements.uploads", order=("-id",), cursor=cursor, limit=limit, view=upload_view)


def list_preview(upload_id: int) -> list[PreviewLine]:
    """The lines of a preview: those that can be entered first, in the order of the file."""
    row = _get_row(upload_id)
    lines = [stored_line(each) for each in row.content]
    known = _dealt_with(row.account, lines)
    matches = candidates.match([each.facts for each in lines if each.unique not in known])
    owners = [each.whose for each in matches.values() if each.whose]
    names, closed = candidates.owner_names(owners), candidates.closed_owners(owners)
    shown = [_preview_line(each, matches.get(each.key), names, known, closed) for each in lines]
    order = list(MatchKind)
    return sorted(shown, key=lambda each: (each.is_known, order.index(each.match.kind), each.line.key))


def upload_view(row: BankStatementUpload) -> BankStatementUploadView:
    return view_of(BankStatementUploadView, row, uploaded_by=row.uploaded_by.name)


def stored_line(content: dict[str, Any]) -> StoredLine:
    return StoredLine(**{**content, "day": date.fromisoformat(content["day"])})


def _preview_line(
    line: StoredLine,
    match: Match | None,
    names: dict[CodeOwner, str],
    known: set[tuple[str, int, date]],
    closed: set[CodeOwner],
) -> PreviewLine:
    match = match or Match(MatchKind.UNKNOWN)
    name = names.get(match.whose, "") if match.whose else ""
    shown = replace(line, counterparty_account=mask_number(line.counterparty_account))
    return PreviewLine(shown, match, name, line.unique in known, match.whose in closed)


def _dealt_with(account: str, lines: Sequence[StoredLine]) -> set[tuple[str, int, date]]:
    """Which of the lines are stored and were entered or set aside."""
    rows = BankStatementLine.objects.filter(account=account, reference__in=[each.reference for each in lines])
    found = {
        (ref, fen, day): pk for ref, fen, day, pk in rows.values_list("reference", "amount_fen", "booked_on", "pk")
    }
    still_open = open_line_ids(found.values())
    return {unique for unique, pk in found.items() if pk not in still_open}


def _get_row(upload_id: int) -> BankStatementUpload:
    row = BankStatementUpload.objects.select_related("uploaded_by").filter(pk=upload_id).first()
    if row is None:
        raise NoSuchUpload(upload_id=upload_id)
    return row
