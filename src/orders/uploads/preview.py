"""The preview of a workbook of orders: each line with the goods it means, her price, what is left of it, and what it repeats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from flashsales.rules import Offer
from flashsales.selectors.goods import find_live_goods
from flashsales.selectors.offers import get_offers
from imports.order_sheet import OrderRow
from kernel.refusal import Refusal
from kernel.text import normalized, visible
from membership.selectors.people import BuyerView
from orders import sql
from orders.models.recipients import Recipient
from orders.models.uploads import GoodsAlias, OrderUpload, OrderUploadLine
from orders.rules.lines import MAX_REMARK, MAX_UNITS_PER_LINE, RequestedUnits
from orders.rules.quantities import allocate_in_quantities, find_breaches
from orders.rules.uploads import OrderUploadLineState
from orders.selectors.delivery import depend_on_province, province_of
from orders.services.placing import GrabLine
from orders.services.placing_refusals import explain
from orders.services.recipients import RecipientFields, valid_recipient
from orders.uploads.matching import GoodsIndex, Wording, match_goods
from orders.uploads.repeats import find_repeats
from orders.uploads.sentences import TEXT_TOO_LONG, TOO_MANY_UNITS, Sentence, filled, sentence_of

_LENGTHS = {
    "sheet": (80, "工作表名", "name of the sheet"),
    "order_ref": (64, "订单号", "order number"),
    "name": (40, "姓名", "name"),
    "phone": (20, "电话", "phone number"),
    "address": (200, "地址", "address"),
    "style_no": (64, "款号", "style number"),
    "colour": (40, "颜色", "colour"),
    "size": (30, "尺码", "size"),
    "barcode": (32, "条码", "barcode"),
    "remark": (MAX_REMARK, "备注", "remark"),
}


def new_lines(upload: OrderUpload, rows: Iterable[OrderRow]) -> list[OrderUploadLine]:
    """The lines of a workbook, not yet saved and not yet matched. One that can never be ordered as it stands has its `fault`."""
    return [_new_line(upload, number, row) for number, row in enumerate(rows, 1)]


def match_lines(rows: Sequence[OrderUploadLine], upload: OrderUpload, buyer: BuyerView, *, at: datetime) -> None:
    """Set on each line what it means and what is left of it now; saves nothing. A few statements for any number of lines.

    What is left is shared in the order of the file (WORKBOOK-3), as the commit does (ORDER-7), without regard to what she may hold unpaid.
    """
    sku_of = _find_goods(rows, buyer.id, at)
    matched = [row for row in rows if row.item_id is not None]
    offers = get_offers(
        item_ids=sorted({row.item_id for row in matched if row.item_id}),
        tier=buyer.tier.value,
        reseller_id=buyer.id,
        at=at,
    )
    _share_units(matched, offers)
    repeats = find_repeats(rows, sku_of, reseller_id=buyer.id, upload_id=upload.pk, at=at)
    known = _known_recipients(rows, buyer.id)
    for row in rows:
        row.repeats = [each.stored() for each in repeats.get(row.number, [])]
        row.is_known_recipient = (row.name, row.phone, row.address) in known


def save_matches(rows: Sequence[OrderUploadLine], upload: OrderUpload, *, at: datetime) -> None:
    """Save what `match_lines` has set, in one statement, and when."""
    sql.save_matches(
        upload_id=upload.pk,
        lines=[
            {
                "number": row.number,
                "state": row.state,
                "item_id": row.item_id,
                "choices": row.choices,
                "price_fen": row.price_fen,
                "left_units": row.left_units,
                "reason": row.reason,
                "repeats": row.repeats,
                "is_known_recipient": row.is_known_recipient,
            }
            for row in rows
        ],
    )
    OrderUpload.objects.filter(pk=upload.pk).update(previewed_at=at)


def as_fields(row: OrderUploadLine) -> RecipientFields:
    """The recipient of a line."""
    return RecipientFields(row.name, row.phone, row.address)


def recipient_key(row: OrderUploadLine) -> str:
    """The same for lines that go to the same recipient."""
    return f"{row.name}\n{row.phone}\n{row.address}"


def provinces_of_rows(rows: Sequence[OrderUploadLine], offers: Mapping[int, Offer]) -> dict[int, str]:
    """The province of each row, by number, where one of the sales asks for it (SALE-23); else none."""
    return {row.number: province_of(row.address) for row in rows} if depend_on_province(offers.values()) else {}


def wording_of(row: OrderUploadLine) -> Wording:
    """How a line names its goods."""
    return Wording(row.style_no, row.colour, row.size, row.barcode)


def _new_line(upload: OrderUpload, number: int, row: OrderRow) -> OrderUploadLine:
    texts = {
        "sheet": row.sheet or "",
        "order_ref": row.order_ref or "",
        "name": row.recipient,
        "phone": row.phone,
        "address": row.address,
        "style_no": row.style_no or "",
        "colour": row.colour or "",
        "size": row.size or "",
        "barcode": row.barcode or "",
        "remark": normalized(visible((row.remark or "").replace("\n", " "))),
    }
    fault = _too_long(texts)
    if fault is None:
        try:
            texts |= asdict(valid_recipient(RecipientFields(row.recipient, row.phone, row.address)))
        except Refusal as refusal:
            fault = sentence_of(refusal)
    if fault is None and row.units > MAX_UNITS_PER_LINE:
        fault = filled(TOO_MANY_UNITS, units=MAX_UNITS_PER_LINE)
    kept = {name: text[: _LENGTHS[name][0]] for name, text in texts.items()}
    return OrderUploadLine(
        upload=upload,
        number=number,
        row=row.row,
        units=min(row.units, 2**31 - 1),
        fault=fault.stored() if fault else None,
        state=OrderUploadLineState.REFUSED.value,
        **kept,
    )


def _too_long(texts: dict[str, str]) -> Sentence | None:
    """A text that is longer than it can be kept; nothing is cut off silently. The length of a recipient is told by `valid_recipient`."""
    for name, text in texts.items():
        length, zh, en = _LENGTHS[name]
        if len(text) > length and name not in ("name", "phone", "address"):
            return filled(TEXT_TOO_LONG, field_zh=zh, field_en=en, length=length)
    return None


def _find_goods(rows: Sequence[OrderUploadLine], reseller_id: int, at: datetime) -> dict[int, int]:
    """Set the item of each line, or what may be meant and why it is not sure. Returns the SKU of each item that was found."""
    wordings = {row.number: wording_of(row) for row in rows if row.fault is None}
    keys = {wording.key for wording in wordings.values()} - {""}
    aliases = dict(GoodsAlias.objects.filter(reseller_id=reseller_id, goods__in=keys).values_list("goods", "sku_id"))
    index = GoodsIndex.of(
        find_live_goods(
            barcodes={each.barcode for each in wordings.values()} - {""},
            style_nos={each.style_no for each in wordings.values()} - {""},
            sku_ids=set(aliases.values()),
            at=at,
        )
    )
    for row in rows:
        row.item_id, row.choices, row.price_fen, row.left_units, row.reason = None, [], None, 0, row.fault
        row.state = OrderUploadLineState.REFUSED.value
        if row.fault is not None:
            continue
        match = match_goods(wordings[row.number], index, aliases)
        row.item_id, row.choices = match.item_id, list(match.choices)
        row.reason = match.reason.stored() if match.reason else None
        if match.choices:
            row.state = OrderUploadLineState.CHOOSE.value
    return {goods.item_id: goods.sku_id for goods in index.by_sku.values()}


def _share_units(rows: Sequence[OrderUploadLine], offers: dict[int, Offer]) -> None:
    """Set price, units left and reason of matched lines. A line that she left out takes no units from the others."""
    for row in rows:
        offer = offers.get(row.item_id or 0)
        row.price_fen = offer.price_fen if offer else None
    wanted = [row for row in rows if not row.left_out]
    lines = [GrabLine(row.item_id or 0, row.units, 0) for row in wanted]
    provinces = provinces_of_rows(wanted, offers)
    requests = [
        RequestedUnits(row.item_id or 0, row.units, recipient=recipient_key(row), province=provinces.get(row.number))
        for row in wanted
    ]
    allocated = allocate_in_quantities(requests, offers, allowance_fen=None)
    breaches = find_breaches(requests, offers)
    refused = {each.line: each.refusal for each in explain(lines, offers, allocated, credit=None, breaches=breaches)}
    for number, (row, got) in enumerate(zip(wanted, allocated, strict=True), 1):
        row.left_units = got.units
        row.reason = sentence_of(refused[number]).stored() if number in refused else None
    for row in rows:
        if row.price_fen is None:
            row.item_id = None
        else:
            row.state = OrderUploadLineState.READY.value


def _known_recipients(rows: Sequence[OrderUploadLine], reseller_id: int) -> set[tuple[str, str, str]]:
    found = Recipient.objects.filter(
        reseller_id=reseller_id, hidden_at=None, phone__in={row.phone for row in rows if row.phone}
    )
    return set(found.values_list("name", "phone", "address"))
