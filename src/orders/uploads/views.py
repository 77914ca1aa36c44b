"""Workbooks of orders as the API and the pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from db.rows import view_of
from flashsales.rules import Offer
from inventory.uploads.views import QuestionView, question_view
from orders.models.uploads import OrderUpload, OrderUploadLine
from orders.rules.lines import Take
from orders.rules.uploads import OrderUploadLineState, OrderUploadState
from web.responses import PAGES_ONLY


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why something of a line needs a look: a code with its sentences."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CellFaultView:
    """A cell of a workbook that is wrong or should be looked at, what is wrong with it, and how to mend it."""

    sheet: str
    row: int
    col: str
    header: str
    code: str
    value: str
    message_zh: str
    message_en: str
    hint_zh: str
    hint_en: str


@dataclass(frozen=True, slots=True)
class LineTotals:
    """What the lines of a workbook come to. Counts are lines unless their name says otherwise; but for `lines` and `left_out` they leave
    out the lines that she does not want.

    `total_fen` is for all units of the ready lines, `left_total_fen` for those of their units that are left; both with
    their freight, which is `left_freight_fen` for what is left.
    `short`: ready lines of which not all units are left. `repeated`: ready lines that seem to repeat something. `new_recipients` would
    enter her address book. `not_ordered` lines were not ordered in full.
    """

    lines: int = 0
    ready: int = 0
    choose: int = 0
    refused: int = 0
    left_out: int = 0
    short: int = 0
    repeated: int = 0
    units: int = 0
    left_units: int = 0
    total_fen: int = 0
    left_total_fen: int = 0
    left_freight_fen: int = 0
    new_recipients: int = 0
    ordered: int = 0
    not_ordered: int = 0
    ordered_units: int = 0


@dataclass(frozen=True, slots=True)
class OrderUploadView:
    """A workbook of orders as its reseller sees it.

    `stage`, `lines_read`, `lines_done`, `faults_found` and `seconds_left` tell how far the reader is. `previewed_at`: prices and units of
    the preview are those of that instant. `faults` and `warnings` count cells.
    """

    id: int
    filename: str
    sha256: Annotated[str, PAGES_ONLY]
    size_bytes: int
    received_at: datetime
    state: OrderUploadState
    stage: str
    lines_read: int
    lines_done: int
    faults_found: int
    seconds_left: int | None
    reason: str
    reason_zh: str
    reason_en: str
    questions: list[QuestionView]
    faults: int
    warnings: int
    ignored_lines: int
    previewed_at: datetime | None
    totals: LineTotals
    order_id: int | None
    take: str
    ended_at: datetime | None
    erased_at: datetime | None

    response_properties: ClassVar = ("is_complete",)

    @property
    def is_complete(self) -> bool:
        """Whether every line of the file that she wants can be ordered in full as it stands."""
        totals = self.totals
        return not (self.faults or totals.choose or totals.refused or totals.short) and totals.ready > 0

    @property
    def in_progress(self) -> bool:
        return self.state in (OrderUploadState.RECEIVED, OrderUploadState.READING)

    @property
    def can_be_answered(self) -> bool:
        return all(question.candidates for question in self.questions)

    @property
    def lines(self) -> int:
        """What the reader has found so far, for the progress bar."""
        return self.lines_read

    @property
    def took_what_was_left(self) -> bool:
        return self.take == Take.WHAT_IS_LEFT.value


@dataclass(frozen=True, slots=True)
class GoodsChoice:
    """Goods that a line may mean."""

    item_id: int
    description: str
    price_fen: int
    available: int


@dataclass(frozen=True, slots=True)
class OrderUploadLineView:
    """A line of a workbook of orders. `goods` is what she wrote, `description` the goods on sale that it was matched with.

    `left_units` of its `units` can be had; `reason` says why not all, or why the line is not ready. After the commit `ordered_units` were
    ordered, and `result` says why not all.
    """

    number: int
    sheet: str
    row: int
    order_ref: str
    name: str
    phone: str
    address: str
    is_known_recipient: bool
    goods: str
    units: int
    remark: str
    state: OrderUploadLineState
    item_id: int | None
    description: str
    sale_title: str
    price_fen: int | None
    left_units: int
    reason: ReasonView | None
    choices: list[GoodsChoice]
    repeats: list[ReasonView]
    left_out: bool
    ordered_units: int
    result: ReasonView | None

    @property
    def is_short(self) -> bool:
        return self.state is OrderUploadLineState.READY and not self.left_out and self.left_units < self.units


def upload_view(row: OrderUpload, totals: LineTotals) -> OrderUploadView:
    job = row.job
    return view_of(
        OrderUploadView,
        row,
        stage=job.stage,
        lines_read=job.lines,
        lines_done=job.lines_done,
        faults_found=job.faults_found,
        seconds_left=job.seconds_left,
        questions=[question_view(each) for each in row.questions],
        faults=row.fault_count,
        warnings=row.warning_count,
        totals=totals,
    )


def line_view(row: OrderUploadLine, goods: str, offers: dict[int, Offer]) -> OrderUploadLineView:
    offer = offers.get(row.item_id or 0)
    return view_of(
        OrderUploadLineView,
        row,
        goods=goods,
        description=offer.description if offer else "",
        sale_title=offer.sale_title if offer else "",
        reason=_reason(row.reason),
        repeats=[ReasonView(**each) for each in row.repeats],
        result=_reason(row.result),
        choices=[
            GoodsChoice(item_id, offers[item_id].description, price_fen, offers[item_id].available)
            for item_id in row.choices
            if item_id in offers and (price_fen := offers[item_id].price_fen) is not None
        ],
    )


def _reason(stored: dict[str, Any] | None) -> ReasonView | None:
    return ReasonView(**stored) if stored else None
