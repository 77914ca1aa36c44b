"""Enquiries that were passed to a brand, as its clerks see them: without the reseller, and without contacts in the words (AFTER-15)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Prefetch, Q, QuerySet

from aftersales.models.enquiries import Enquiry, EnquiryMessage
from aftersales.rules import EnquiryState
from aftersales.selectors.enquiries import NoSuchEnquiry
from aftersales.selectors.photos import PhotoView, photo_views
from kernel.masking import hide_phones, hide_texts
from orders.selectors.contacts import list_contacts_of_orders
from web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class BrandMessageView:
    """A message of the reseller, of the platform, or of the brand itself (`is_own`)."""

    id: int
    is_own: bool
    is_from_reseller: bool
    text: str
    photos: tuple[PhotoView, ...]
    at: datetime
    is_erased: bool


@dataclass(frozen=True, slots=True)
class BrandEnquiryItem:
    """An enquiry in the brand's list. `note` is what the platform asks; `due_at` until when, None where nothing is asked now."""

    id: int
    order_id: int | None
    style_id: int | None
    style_no: str
    style_name: str
    picture: str
    state: EnquiryState
    note: str
    passed_at: datetime
    due_at: datetime | None
    is_late: bool
    last_text: str


@dataclass(frozen=True, slots=True)
class BrandEnquiryView:
    """An enquiry with its messages, the oldest first."""

    summary: BrandEnquiryItem
    messages: list[BrandMessageView]


def list_brand_enquiries(
    brand_id: int, *, at: datetime, waiting_only: bool = False, cursor: str = "", limit: int = 30
) -> Page[BrandEnquiryItem]:
    """Those that wait for the brand's answer, the most urgent first; or all, the newest first."""
    rows = _enquiries(brand_id)
    if waiting_only:
        rows = rows.filter(brand_due_at__isnull=False)
    page = paginate(
        rows,
        name=f"aftersales.brand_enquiries:{brand_id}",
        order=("brand_due_at", "id") if waiting_only else ("-id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: row,
    )
    hidden = _contacts(page.items)
    return Page([_item(row, at, hidden) for row in page.items], page.next_cursor)


def get_brand_enquiry(brand_id: int, enquiry_id: int, *, at: datetime) -> BrandEnquiryView:
    row = _enquiries(brand_id).filter(pk=enquiry_id).first()
    if row is None:
        raise NoSuchEnquiry(enquiry_id=enquiry_id)
    hidden = _contacts([row])
    return BrandEnquiryView(_item(row, at, hidden), [_message(each, hidden) for each in row.messages.all()])


def count_brand_enquiries(brand_id: int) -> int:
    """How many enquiries wait for the brand's answer."""
    return Enquiry.objects.filter(brand_id=brand_id, brand_due_at__isnull=False).count()


def _enquiries(brand_id: int) -> QuerySet[Enquiry]:
    """What other brands wrote before the enquiry was passed on is not theirs to see."""
    messages = EnquiryMessage.objects.filter(Q(brand__isnull=True) | Q(brand_id=brand_id)).order_by("pk")
    rows = Enquiry.objects.filter(brand_id=brand_id).select_related("style").order_by(F("pk"))
    return rows.prefetch_related(
        Prefetch("messages", queryset=messages.prefetch_related("message_photos__photo").select_related("enquiry"))
    )


Hidden = dict[int, tuple[str, ...]]
"""By order the texts that a brand does not see in words."""


def _contacts(rows: list[Enquiry]) -> Hidden:
    orders = {row.order_id for row in rows if row.order_id is not None}
    return {
        order_id: tuple(text for each in contacts for text in each.texts)
        for order_id, contacts in list_contacts_of_orders(orders).items()
    }


def _shown(text: str, order_id: int | None, hidden: Hidden) -> str:
    return hide_phones(hide_texts(text, hidden.get(order_id or 0, ())))


def _item(row: Enquiry, at: datetime, hidden: Hidden) -> BrandEnquiryItem:
    messages = list(row.messages.all())
    return BrandEnquiryItem(
        id=row.pk,
        order_id=row.order_id,
        style_id=row.style_id,
        style_no=row.style.style_no if row.style else "",
        style_name=row.style.name if row.style else "",
        picture=row.style.picture if row.style else "",
        state=EnquiryState(row.state),
        note=row.brand_note,
        passed_at=row.passed_at or row.opened_at,
        due_at=row.brand_due_at,
        is_late=row.brand_due_at is not None and row.brand_due_at < at,
        last_text=_shown(messages[-1].text, row.order_id, hidden) if messages else "",
    )


def _message(row: EnquiryMessage, hidden: Hidden) -> BrandMessageView:
    return BrandMessageView(
        id=row.pk,
        is_own=row.brand_id is not None,
        is_from_reseller=row.is_from_reseller,
        text=_shown(row.text, row.enquiry.order_id, hidden),
        photos=photo_views(each.photo for each in row.message_photos.all()),
        at=row.at,
        is_erased=row.erased_at is not None,
    )
