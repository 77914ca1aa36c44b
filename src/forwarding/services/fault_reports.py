"""A customer reports a fault on the private page of her wish, withdraws the report, and lends her photos or takes them back (AFTER-19)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from aftersales.selectors.cases import get_line_return_options
from aftersales.selectors.exchanges import get_current_lines
from aftersales.selectors.photos import read_photo_of_report
from aftersales.services import fault_reports
from aftersales.services.fault_reports import (
    FaultFields,
    ReportedLine,
    find_lent_report,
    find_report,
    require_reportable,
)
from aftersales.services.photos import Readable, StoredPhotos, store_customer_photos
from forwarding.models import Wish, WishLine
from forwarding.selectors.wishes import NoSuchWishPage, is_wish_token, wish_source
from forwarding.services.packs import drop_packs_with_lost_photos
from kernel.refusal import Missing
from orders.rules.states import OrderState
from orders.selectors.orders import get_own_order


class NoSuchWishLine(Missing):
    code = "forwarding.no_such_wish_line"
    zh = "这条心愿里没有这件货，或还没发货"
    en = "The wish has no such goods, or they are not shipped yet"


def report_fault(
    *,
    token: str,
    wish_line_id: int,
    fields: FaultFields,
    files: Sequence[Readable],
    network: str,
    key: str,
    now: datetime,
) -> int:
    """Report a fault in shipped units of a line of a wish, with words or photos or both; returns the report's id.

    The same key makes one report; refused is a form whose report has ended, or says something else. A form that is sent again without
    the consent to show its photos takes the consent back, also where it is refused (AFTER-20). What can be refused without the
    photos is refused before they are decoded. The reseller's inbox tells of the report.
    """
    wish = _find_wish(token)
    source = wish_source(wish.pk)
    if not fields.may_reuse and (lent := find_lent_report(source, key)) is not None:
        set_consent(token=token, report_id=lent, may_reuse=False)
    if (earlier := find_report(source, key, fields, photo_count=len(files))) is not None:
        return earlier
    line = _reported_line(wish, wish_line_id, now)
    require_reportable(line, source=source, fields=fields, photo_count=len(files), network=network, now=now)
    photos = store_customer_photos(person_id=wish.reseller.person_id, files=files, now=now)
    return _store_report(token, wish_line_id, fields, photos, network, key, now)


@transaction.atomic
def _store_report(
    token: str,
    wish_line_id: int,
    fields: FaultFields,
    photos: StoredPhotos,
    network: str,
    key: str,
    now: datetime,
) -> int:
    """The wish is locked, so the reports of one page are stored one after the other."""
    wish = _find_wish(token, lock=True)
    return fault_reports.create_report(
        _reported_line(wish, wish_line_id, now),
        source=wish_source(wish.pk),
        fields=fields,
        photos=photos,
        network=network,
        key=key,
        now=now,
    )


@transaction.atomic
def withdraw_report(*, token: str, report_id: int, now: datetime) -> None:
    """The customer takes back a report that nobody has answered. A repetition changes nothing."""
    wish = _find_wish(token)
    fault_reports.withdraw_report(source=wish_source(wish.pk), report_id=report_id, now=now)
    drop_packs_with_lost_photos(wish.reseller_id)


@transaction.atomic
def set_consent(*, token: str, report_id: int, may_reuse: bool) -> None:
    """The customer allows that the photos of her report are shown to others, or takes that back, also while the reseller is deactivated."""
    wish = _find_wish(token, active_only=may_reuse)
    fault_reports.set_consent(source=wish_source(wish.pk), report_id=report_id, may_reuse=may_reuse)
    if not may_reuse:
        drop_packs_with_lost_photos(wish.reseller_id)


def read_own_photo(*, token: str, photo_id: int, width: int) -> bytes:
    """A photo that was reported from the page, for its customer."""
    return read_photo_of_report(wish_source(_find_wish(token).pk), photo_id, width)


def require_reporting_page(token: str, wish_line_id: int) -> None:
    """Refuse where no fault of this line can be reported from the page, whatever is sent; asked before photos are received."""
    if not WishLine.objects.filter(pk=wish_line_id, wish=_find_wish(token), order_line__isnull=False).exists():
        raise NoSuchWishLine


def _find_wish(token: str, *, lock: bool = False, active_only: bool = True) -> Wish:
    """The wish of a private page. Refuses an unknown token, and with `active_only` the page of a deactivated reseller (FORWARD-7)."""
    rows = Wish.objects.select_related("reseller__person")
    if lock:
        rows = rows.select_for_update(of=("self",))
    if active_only:
        rows = rows.filter(reseller__person__is_active=True)
    row = rows.filter(token=token).first() if is_wish_token(token) else None
    if row is None:
        raise NoSuchWishPage
    return row


def _reported_line(wish: Wish, wish_line_id: int, now: datetime) -> ReportedLine:
    """The order line that stands for a line of the wish now, and what can be returned of it."""
    line = WishLine.objects.filter(pk=wish_line_id, wish=wish, order_line__isnull=False).first()
    if line is None or wish.order_id is None or line.order_line_id is None:
        raise NoSuchWishLine
    order = get_own_order(wish.reseller_id, wish.order_id)
    current = get_current_lines(order, reseller_id=wish.reseller_id).get(line.order_line_id)
    if order.state is not OrderState.PAID or current is None:
        raise NoSuchWishLine
    option = get_line_return_options([(current.line, current.order.paid_at)], at=now)[current.line.id]
    return ReportedLine(
        reseller_id=wish.reseller_id,
        order_id=current.order.id,
        goods=" ".join(part for part in (current.line.style_no, current.line.colour, current.line.size) if part),
        option=option,
        max_units=min(option.returnable_units, line.units),
    )
