"""A workbook of orders becomes one order with one payment (WORKBOOK-5)."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from accounts.rules import Actor
from accounts.services.audit import record
from accounts.services.people import lock_person
from db.transactions import atomic_with_retry
from flashsales.selectors.offers import get_offers
from flashsales.services.waiting_room import take_places_for
from kernel.money import display_yuan, format_yuan
from kernel.refusal import Conflict, Refusal
from ledger.rules import AccountKind, AccountRef
from ledger.selectors.accounts import get_balance_fen
from membership.selectors.people import BuyerView, require_buyer
from orders import sql
from orders.models.orders import Order
from orders.models.uploads import OrderUpload, OrderUploadLine
from orders.rules.freight import allocate_with_freight, quote_allocated
from orders.rules.lines import MAX_REMARK, MAX_UNITS_PER_LINE, AllocatedUnits, RequestedUnits, Take
from orders.rules.quantities import find_breaches
from orders.rules.states import OrderState
from orders.rules.uploads import OrderUploadLineState, OrderUploadState
from orders.selectors.orders import OrderView, get_own_order
from orders.services.credit import get_credit, lock_credit
from orders.services.payment import pay
from orders.services.placing import GrabLine, place_lines
from orders.services.placing_refusals import explain
from orders.services.recipients import find_or_add_recipients
from orders.uploads.preview import as_fields, match_lines, provinces_of_rows, recipient_key
from orders.uploads.receive import lock_upload, refresh_preview
from orders.uploads.selectors import get_order_upload
from orders.uploads.sentences import (
    LEFT_OUT,
    LEFT_OUT_AS_REPEAT,
    TOO_MANY_UNITS,
    Sentence,
    filled,
    sentence_of,
)
from orders.uploads.views import OrderUploadView, ReasonView

_MAX_NAMED = 5
"""So many lines are named in the sentence of a refusal; the field `lines` has all."""


class Repeats(enum.StrEnum):
    """What becomes of lines that seem to repeat something (WORKBOOK-4)."""

    ORDER = "order"
    LEAVE_OUT = "leave_out"


class PreviewOutdated(Conflict):
    """`lines` names each line with the price that the preview showed and the present one: `number`, `row`, `expected_fen`, `price_fen`."""

    code = "orders.preview_outdated"
    zh = "有 {count} 行的价格变了，没有下单，预览已更新：{lines_zh}"
    en = "The prices of {count} lines have changed; nothing was ordered, the preview is new: {lines_en}"
    count: int
    lines_zh: str
    lines_en: str
    lines: list[dict[str, int]]


class RepeatsNotConfirmed(Conflict):
    """`numbers` are the lines that seem to repeat a line above, an order of these days or an order number."""

    code = "orders.repeats_not_confirmed"
    zh = "有 {count} 行疑似重复，没有下单；请核对后选择照下还是不下这几行"
    en = "{count} lines seem to repeat others and nothing was ordered; check them and say whether to order or to leave them out"
    count: int
    numbers: list[int]


class WorkbookIncomplete(Conflict):
    """`lines` names each line that stands in the way, with its reason: `number`, `row`, `code`, `zh`, `en`."""

    code = "orders.workbook_incomplete"
    zh = "不能整单下单：{lines_zh}；没有下单。请改好，或只下能下的部分"
    en = "Not everything can be ordered: {lines_en}. Nothing was ordered; mend it, or order what can be had"
    lines_zh: str
    lines_en: str
    lines: list[dict[str, Any]]


class NothingToOrder(Conflict):
    code = "orders.nothing_to_order"
    zh = "这个文件现在没有能下单的行"
    en = "No line of this workbook can be ordered now"


class UploadTotalChanged(Conflict):
    code = "orders.upload_total_changed"
    zh = "金额已变，没有下单：您看到的是 ¥{expected}，现在是 ¥{total}"
    en = "The total has changed, nothing was ordered: you saw ¥{expected}, it is ¥{total} now"
    expected_fen: int
    total_fen: int


class WalletTooLowForUpload(Conflict):
    code = "orders.wallet_too_low_for_upload"
    zh = "钱包余额 ¥{balance}，这张订单 ¥{total}，没有下单；请先充值，或选择先下单、稍后付款"
    en = (
        "The wallet holds ¥{balance}, the order costs ¥{total}; nothing was ordered. Top up, or order now and pay later"
    )
    balance_fen: int
    total_fen: int


class JoinedRemarkTooLong(Conflict):
    code = "orders.joined_remark_too_long"
    zh = "第 {row} 行和前面的行是同一收货人、同一商品，合成一行下单后备注超过 {max_length} 个字，没有下单；请缩短备注或不下其中一行"
    en = (
        "Row {row} has the recipient and goods of a row above; as one line of the order their remarks are longer than {max_length} "
        "characters, so nothing was ordered. Shorten them or leave one of the rows out"
    )
    row: int
    max_length: int


@dataclass(frozen=True, slots=True)
class CommitView:
    """What a workbook became: its upload with the results of the lines, its order, and why the order is not paid, where it was to be."""

    upload: OrderUploadView
    order: OrderView
    payment_refusal: ReasonView | None = None


def commit_upload(
    *,
    actor: Actor,
    upload_id: int,
    take: Take,
    repeats: Repeats | None = None,
    expected_total_fen: int | None = None,
    pay_now: bool = True,
    now: datetime,
) -> CommitView:
    """Order the lines of a preview as one order and pay it; a second call returns the result of the first (WORKBOOK-5).

    With `Take.ALL` every line of the file is ordered in full, but for those that she left out, or nothing is. With `WHAT_IS_LEFT` each
    ready line gets what stock, limits and the unpaid limit leave, in the order of the file; the others are named in the result.

    `expected_total_fen`: what she was shown; a higher total is refused. `repeats` says what becomes of lines that seem repeats; where
    there are some and it is None, nothing is ordered. Where a price is not that of the preview, nothing is ordered and the preview is
    made anew.

    Order and payment are two transactions, each of which happens once for an upload: the payment locks accounts before items and the
    order items before accounts. An order that could not be paid stays unpaid (`payment_refusal`), and a second call pays it.
    """
    rows = OrderUploadLine.objects.filter(upload_id=upload_id, item__isnull=False)
    take_places_for(actor=actor, item_ids=set(rows.values_list("item_id", flat=True)), now=now)
    try:
        order_id = _commit(
            actor=actor,
            upload_id=upload_id,
            take=take,
            repeats=repeats,
            expected_total_fen=expected_total_fen,
            pay_now=pay_now,
            now=now,
        )
    except (PreviewOutdated, RepeatsNotConfirmed):
        refresh_preview(actor=actor, upload_id=upload_id, now=now)
        raise
    return _paid(actor, upload_id, order_id, pay_now, now)


def _paid(actor: Actor, upload_id: int, order_id: int, pay_now: bool, now: datetime) -> CommitView:
    upload = get_order_upload(actor, upload_id)
    state = Order.objects.values_list("state", flat=True).get(pk=order_id)
    if pay_now and state == OrderState.UNPAID.value:
        try:
            return CommitView(upload, pay(actor=actor, order_id=order_id, now=now))
        except Refusal as refusal:
            why = ReasonView(refusal.code, refusal.sentence("zh"), refusal.sentence("en"))
            return CommitView(upload, get_own_order(require_buyer(actor, now).id, order_id), why)
    return CommitView(upload, get_own_order(require_buyer(actor, now).id, order_id))


@atomic_with_retry
def _commit(
    *,
    actor: Actor,
    upload_id: int,
    take: Take,
    repeats: Repeats | None,
    expected_total_fen: int | None,
    pay_now: bool,
    now: datetime,
) -> int:
    """Place the order of an upload and save the results of its lines; returns the id of the order.

    Commits of one reseller follow one another, so that the second of two workbooks finds the order of the first among what it repeats.
    """
    buyer = require_buyer(actor, now)
    sql.lock_order_uploads(reseller_id=buyer.id)
    upload = lock_upload(actor, upload_id, OrderUploadState.PREVIEW, OrderUploadState.COMMITTED)
    if upload.state == OrderUploadState.COMMITTED.value and upload.order_id is not None:
        return upload.order_id
    rows = list(OrderUploadLine.objects.filter(upload=upload).order_by("number"))
    wanted, results = _wanted_rows(rows, upload, buyer, repeats, now)
    if take is Take.ALL:
        _require_complete(rows, upload)
    lock_person(actor.own_id)
    allocated, reasons, freight_fen = _allocate(wanted, buyer, now)
    if take is Take.ALL and reasons:
        raise _incomplete([(row, reasons[row.number]) for row in wanted if row.number in reasons])
    taken = [(row, got.units) for row, got in zip(wanted, allocated, strict=True) if got.units]
    if not taken:
        raise NothingToOrder
    total_fen = freight_fen + sum((row.price_fen or 0) * units for row, units in taken)
    _require_expected(total_fen, expected_total_fen)
    if pay_now:
        _require_covered(buyer.id, total_fen)
    order_id = _place(actor, upload, taken, {row.item_id for row in wanted if row.item_id is not None}, now)
    results |= {number: sentence.stored() for number, sentence in reasons.items()}
    _save(upload, rows, {row.number: units for row, units in taken}, results, order_id, take, now)
    details = {"order_id": order_id, "lines": len(taken), "take": take.value, "total": format_yuan(total_fen)}
    record(
        actor=actor, action="orders.commit_upload", kind="order_upload", subject_id=upload.pk, details=details, now=now
    )
    return order_id


def _wanted_rows(
    rows: Sequence[OrderUploadLine], upload: OrderUpload, buyer: BuyerView, repeats: Repeats | None, now: datetime
) -> tuple[list[OrderUploadLine], dict[int, dict[str, str]]]:
    """The rows to order as things stand now, and why those that she does not want are not ordered, by number.

    Refuses where a price or a repeat is not what the preview showed.
    """
    seen = {row.number: (row.state, row.price_fen) for row in rows}
    seen_repeats = {row.number for row in rows if row.repeats}
    match_lines(rows, upload, buyer, at=now)
    ready = [row for row in rows if row.state == OrderUploadLineState.READY.value and not row.left_out]
    changed = [row for row in ready if seen[row.number] != (row.state, row.price_fen)]
    if changed:
        raise _outdated(changed, {number: price_fen for number, (_, price_fen) in seen.items()})
    repeated = [row for row in ready if row.repeats]
    if repeated and (repeats is None or any(row.number not in seen_repeats for row in repeated)):
        raise RepeatsNotConfirmed(count=len(repeated), numbers=[row.number for row in repeated])
    results = {row.number: LEFT_OUT.stored() for row in rows if row.left_out}
    if repeats is Repeats.LEAVE_OUT:
        results |= {row.number: LEFT_OUT_AS_REPEAT.stored() for row in repeated}
    results |= {row.number: row.reason for row in rows if row.state != OrderUploadLineState.READY.value and row.reason}
    return [row for row in ready if row.number not in results], results


def _outdated(changed: Sequence[OrderUploadLine], shown_fen: Mapping[int, int | None]) -> PreviewOutdated:
    named = changed[:_MAX_NAMED]
    rest_zh, rest_en = ("……", " …") if len(changed) > len(named) else ("", "")
    zh = [_price_change(row, shown_fen[row.number], "第 {row} 行 {before} → {after}", "未显示") for row in named]
    en = [_price_change(row, shown_fen[row.number], "row {row} {before} → {after}", "not shown") for row in named]
    return PreviewOutdated(
        count=len(changed),
        lines_zh="；".join(zh) + rest_zh,
        lines_en="; ".join(en) + rest_en,
        lines=[
            {
                "number": row.number,
                "row": row.row,
                "expected_fen": shown_fen[row.number] or 0,
                "price_fen": row.price_fen or 0,
            }
            for row in changed
        ],
    )


def _price_change(row: OrderUploadLine, shown_fen: int | None, form: str, nothing: str) -> str:
    before = nothing if shown_fen is None else display_yuan(shown_fen)
    return form.format(row=row.row, before=before, after=display_yuan(row.price_fen or 0))


def _require_complete(rows: Sequence[OrderUploadLine], upload: OrderUpload) -> None:
    """Refuse `all` where a line is not ready or a cell was not read: nothing of the file may be dropped silently."""
    blocking = [
        (row, Sentence(**row.reason))
        for row in rows
        if row.state != OrderUploadLineState.READY.value and not row.left_out and row.reason
    ]
    if blocking:
        raise _incomplete(blocking)
    if upload.fault_count:
        raise WorkbookIncomplete(
            lines_zh=f"文件里有 {upload.fault_count} 处没读懂",
            lines_en=f"{upload.fault_count} cells of the file could not be read",
            lines=[],
        )


def _incomplete(lines: Sequence[tuple[OrderUploadLine, Sentence]]) -> WorkbookIncomplete:
    named, more = lines[:_MAX_NAMED], len(lines) > _MAX_NAMED
    return WorkbookIncomplete(
        lines_zh="；".join(f"第 {row.row} 行 {why.zh}" for row, why in named) + ("……" if more else ""),
        lines_en="; ".join(f"row {row.row}: {why.en}" for row, why in named) + (" …" if more else ""),
        lines=[{"number": row.number, "row": row.row, **why.stored()} for row, why in lines],
    )


def _allocate(
    rows: Sequence[OrderUploadLine], buyer: BuyerView, now: datetime
) -> tuple[list[AllocatedUnits], dict[int, Sentence], int]:
    """How many units of each row can be had, why not all, by number, and the freight of them in fen.

    Credit and items are locked as a placement locks them.
    """
    item_ids = sorted({row.item_id for row in rows if row.item_id is not None})
    if not item_ids:
        return [], {}, 0
    lock_credit(buyer)
    offers = get_offers(item_ids=item_ids, tier=buyer.tier.value, reseller_id=buyer.id, at=now, for_update=True)
    credit = get_credit(buyer, now)
    units, reasons = _bounded_units(rows)
    lines = [GrabLine(row.item_id or 0, units[row.number], 0, row.price_fen) for row in rows]
    provinces = provinces_of_rows(rows, offers)
    requests = [
        RequestedUnits(
            row.item_id or 0, units[row.number], row.price_fen, recipient_key(row), provinces.get(row.number)
        )
        for row in rows
    ]
    allocated, kept_fen = allocate_with_freight(requests, offers, allowance_fen=credit.allowance_fen)
    breaches = find_breaches(requests, offers)
    for each in explain(lines, offers, allocated, credit=credit, breaches=breaches, earlier_fen=kept_fen):
        reasons[rows[each.line - 1].number] = sentence_of(each.refusal)
    return allocated, reasons, quote_allocated(requests, allocated, offers)


def _bounded_units(rows: Sequence[OrderUploadLine]) -> tuple[dict[int, int], dict[int, Sentence]]:
    """The units that each row may ask for, by number: rows of one recipient and item are one line of the order, which has a limit."""
    asked: dict[tuple[object, ...], int] = {}
    units, reasons = {}, {}
    for row in rows:
        place = (row.item_id, as_fields(row))
        units[row.number] = min(row.units, MAX_UNITS_PER_LINE - asked.get(place, 0))
        asked[place] = asked.get(place, 0) + units[row.number]
        if units[row.number] < row.units:
            reasons[row.number] = filled(TOO_MANY_UNITS, units=MAX_UNITS_PER_LINE)
    return units, reasons


def _require_expected(total_fen: int, expected_fen: int | None) -> None:
    if expected_fen is not None and total_fen > expected_fen:
        raise UploadTotalChanged(expected_fen=expected_fen, total_fen=total_fen)


def _require_covered(reseller_id: int, total_fen: int) -> None:
    balance_fen = get_balance_fen(AccountRef(AccountKind.WALLET, reseller_id))
    if balance_fen < total_fen:
        raise WalletTooLowForUpload(balance_fen=balance_fen, total_fen=total_fen)


def _place(
    actor: Actor,
    upload: OrderUpload,
    taken: Sequence[tuple[OrderUploadLine, int]],
    asked_items: Iterable[int],
    now: datetime,
) -> int:
    """Enter the recipients of the lines in her address book and place the order. `asked_items`: those of all lines that she wants."""
    recipients = find_or_add_recipients(actor=actor, recipients=[as_fields(row) for row, _ in taken], now=now)
    lines: dict[tuple[int, int], GrabLine] = {}
    for (row, units), recipient in zip(taken, recipients, strict=True):
        place = (row.item_id or 0, recipient.id)
        source = f"order_upload:{upload.pk}:{row.number}"
        line = GrabLine(row.item_id or 0, units, recipient.id, row.price_fen, row.remark, source)
        lines[place] = _joined(lines[place], line, row) if place in lines else line
    key = f"order-upload:{upload.pk}"
    return place_lines(actor=actor, lines=list(lines.values()), asked_items=asked_items, key=key, now=now)


def _joined(first: GrabLine, second: GrabLine, row: OrderUploadLine) -> GrabLine:
    """Two rows for one recipient and item as one line of the order, with the remarks of both."""
    remark = "；".join(dict.fromkeys(each for each in (first.remark, second.remark) if each))
    if len(remark) > MAX_REMARK:
        raise JoinedRemarkTooLong(row=row.row, max_length=MAX_REMARK)
    return replace(first, units=first.units + second.units, remark=remark)


def _save(
    upload: OrderUpload,
    rows: Sequence[OrderUploadLine],
    ordered: Mapping[int, int],
    results: Mapping[int, dict[str, str]],
    order_id: int,
    take: Take,
    now: datetime,
) -> None:
    sql.save_results(
        upload_id=upload.pk,
        lines=[
            {"number": row.number, "ordered_units": ordered.get(row.number, 0), "result": results.get(row.number)}
            for row in rows
        ],
    )
    upload.state, upload.order_id = OrderUploadState.COMMITTED.value, order_id
    upload.take, upload.ended_at = take.value, now
    upload.save(update_fields=["state", "order", "take", "ended_at"])
