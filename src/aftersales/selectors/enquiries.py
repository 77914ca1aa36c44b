"""Enquiries 客服 as resellers and ops see them (AFTER-14)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from aftersales.models.enquiries import Enquiry, EnquiryMessage
from aftersales.rules import EnquiryState
from aftersales.selectors.cases import WaitingCases
from aftersales.selectors.photos import PhotoView, photo_views
from kernel.refusal import Missing
from web.pagination import Page, paginate


class NoSuchEnquiry(Missing):
    code = "aftersales.no_such_enquiry"
    zh = "没有这条咨询（{enquiry_id}）"
    en = "There is no enquiry {enquiry_id}"
    enquiry_id: int


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message; `is_erased`: its words and photos were erased in time. `brand_name` is that of the brand that wrote it; "" where the
    reseller or the platform did."""

    id: int
    is_from_reseller: bool
    brand_name: str
    text: str
    photos: tuple[PhotoView, ...]
    at: datetime
    is_erased: bool


@dataclass(frozen=True, slots=True)
class EnquiryItem:
    """An enquiry in a list: `last_text` is the last message, `has_unread` whether the reseller has not seen an answer.

    `brand_name` is the brand that ops asked to answer, until `brand_due_at` where it has not; "" where they asked none.
    """

    id: int
    reseller_id: int
    reseller_name: str
    order_id: int | None
    style_id: int | None
    style_no: str
    style_name: str
    picture: str
    state: EnquiryState
    opened_at: datetime
    last_message_at: datetime
    due_at: datetime | None
    is_late: bool
    has_unread: bool
    last_text: str
    brand_id: int | None
    brand_name: str
    brand_due_at: datetime | None
    is_brand_late: bool


@dataclass(frozen=True, slots=True)
class EnquiryView:
    """An enquiry with its messages, the oldest first."""

    summary: EnquiryItem
    messages: list[MessageView]


def get_own_enquiry(reseller_id: int, enquiry_id: int, *, at: datetime) -> EnquiryView:
    return _get(Q(reseller_id=reseller_id), enquiry_id, at)


def get_enquiry(enquiry_id: int, *, at: datetime) -> EnquiryView:
    return _get(Q(), enquiry_id, at)


def list_own_enquiries(reseller_id: int, *, at: datetime, cursor: str = "", limit: int = 20) -> Page[EnquiryItem]:
    """Enquiries of a reseller, the newest first."""
    return paginate(
        _enquiries().filter(reseller_id=reseller_id),
        name=f"aftersales.own_enquiries:{reseller_id}",
        order=("-id",),
        cursor=cursor,
        limit=limit,
        view=lambda row: _item(row, at),
    )


def list_enquiries(*, at: datetime, state: str = "", cursor: str = "", limit: int = 50) -> Page[EnquiryItem]:
    """Enquiries that wait for an answer, the most urgent first; those of another state come newest first."""
    state = state or EnquiryState.OPEN.value
    order = ("due_at", "id") if state == EnquiryState.OPEN.value else ("-id",)
    return paginate(
        _enquiries().filter(state=state),
        name="aftersales.enquiries",
        order=order,
        cursor=cursor,
        limit=limit,
        view=lambda row: _item(row, at),
    )


def count_waiting_enquiries(*, at: datetime) -> WaitingCases:
    """Enquiries that ops have not answered, and how many of them are overdue."""
    waiting = Enquiry.objects.filter(state=EnquiryState.OPEN.value)
    return WaitingCases(**waiting.aggregate(waiting=Count("id"), late=Count("id", filter=Q(due_at__lt=at))))


def count_unread_enquiries(reseller_id: int) -> int:
    """How many enquiries of a reseller have an answer that she has not seen."""
    return Enquiry.objects.filter(_has_unread(), reseller_id=reseller_id).count()


def _enquiries() -> QuerySet[Enquiry]:
    messages = EnquiryMessage.objects.select_related("brand").order_by("pk").prefetch_related("message_photos__photo")
    rows = Enquiry.objects.select_related("reseller__person", "style", "brand").annotate(has_unread=_has_unread())
    return rows.prefetch_related(Prefetch("messages", queryset=messages)).order_by(F("pk"))


def _has_unread() -> Exists:
    answers = EnquiryMessage.objects.filter(enquiry=OuterRef("pk"), is_from_reseller=False)
    return Exists(answers.filter(pk__gt=OuterRef("read_message_id")))


def _get(condition: Q, enquiry_id: int, at: datetime) -> EnquiryView:
    row = _enquiries().filter(condition, pk=enquiry_id).first()
    if row is None:
        raise NoSuchEnquiry(enquiry_id=enquiry_id)
    return EnquiryView(_item(row, at), [_message(each) for each in row.messages.all()])


def _item(row: Enquiry, at: datetime) -> EnquiryItem:
    messages = list(row.messages.all())
    return EnquiryItem(
        id=row.pk,
        reseller_id=row.reseller_id,
        reseller_name=row.reseller.person.name,
        order_id=row.order_id,
        style_id=row.style_id,
        style_no=row.style.style_no if row.style else "",
        style_name=row.style.name if row.style else "",
        picture=row.style.picture if row.style else "",
        state=EnquiryState(row.state),
        opened_at=row.opened_at,
        last_message_at=row.last_message_at,
        due_at=row.due_at,
        is_late=row.due_at is not None and row.due_at < at,
        has_unread=bool(getattr(row, "has_unread", False)),
        last_text=messages[-1].text if messages else "",
        brand_id=row.brand_id,
        brand_name=row.brand.name if row.brand else "",
        brand_due_at=row.brand_due_at,
        is_brand_late=row.brand_due_at is not None and row.brand_due_at < at,
    )


def _message(row: EnquiryMessage) -> MessageView:
    return MessageView(
        id=row.pk,
        is_from_reseller=row.is_from_reseller,
        brand_name=row.brand.name if row.brand else "",
        text=row.text,
        photos=photo_views(each.photo for each in row.message_photos.all()),
        at=row.at,
        is_erased=row.erased_at is not None,
    )
