"""Enquiries 客服: a reseller asks, ops answer, and the thread is closed (AFTER-14)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from accounts.rules import SYSTEM, Actor, Role, require_roles
from accounts.services.audit import record
from accounts.services.people import lock_person
from aftersales.models.enquiries import Enquiry, EnquiryMessage, MessagePhoto
from aftersales.rules import EnquiryState
from aftersales.selectors.enquiries import EnquiryView, NoSuchEnquiry, get_enquiry, get_own_enquiry
from aftersales.services.photos import lock_own_photos
from aftersales.services.refunds import MAX_KEY
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from flashsales.selectors.styles import was_offered
from jobs.batches import run_each
from kernel.refusal import Conflict, Invalid, TooMany, require_key
from membership.selectors.people import require_reseller
from orders.selectors.orders import get_own_order

MAX_MESSAGE = 1000
HOUR = timedelta(hours=1)


class InvalidMessage(Invalid):
    code = "aftersales.invalid_message"
    zh = "请写几个字（最多 {max_length} 个）或传照片"
    en = "Write something, at most {max_length} characters, or send a photo"
    max_length: int


class InvalidSubject(Invalid):
    code = "aftersales.invalid_subject"
    zh = "咨询只能关于您的一张订单，或一个上过专场的款"
    en = "An enquiry is about one order of yours or one style that a sale has shown, or about neither"


class TooManyEnquiries(TooMany):
    code = "aftersales.too_many_enquiries"
    zh = "您还有 {open_enquiries} 条咨询没有答复，请在原来的咨询里补充"
    en = "{open_enquiries} enquiries of yours wait for an answer; write into one of them"
    open_enquiries: int


class TooManyMessages(TooMany):
    code = "aftersales.too_many_messages"
    zh = "一小时内发得太多了（最多 {max_messages} 条），请稍后再发"
    en = "Too many messages: at most {max_messages} in an hour"
    max_messages: int


class EnquiryKeyConflict(Conflict):
    code = "aftersales.enquiry_key_conflict"
    zh = "此请求编号已用于另一条咨询（{enquiry_id}）"
    en = "The idempotency key was used for another enquiry ({enquiry_id})"
    enquiry_id: int


@atomic_with_retry
def open_enquiry(
    *,
    actor: Actor,
    text: str,
    order_id: int | None = None,
    style_id: int | None = None,
    photo_ids: Sequence[int] = (),
    key: str,
    now: datetime,
) -> EnquiryView:
    """A reseller asks about an order of hers, about a style, or about nothing in particular. The same key opens one enquiry.

    Refuses an order of somebody else, more open enquiries or messages than the limits allow, and a message without words and photos.
    """
    reseller = require_reseller(actor)
    require_key(key, max_length=MAX_KEY)
    lock_person(actor.own_id)
    if earlier := Enquiry.objects.filter(reseller_id=reseller.id, key=key).first():
        if (earlier.order_id, earlier.style_id) != (order_id, style_id):
            raise EnquiryKeyConflict(enquiry_id=earlier.pk)
        return get_own_enquiry(reseller.id, earlier.pk, at=now)
    if order_id is not None:
        get_own_order(reseller.id, order_id)
    if style_id is not None and (order_id is not None or not was_offered(style_id, at=now)):
        raise InvalidSubject
    waiting = Enquiry.objects.filter(reseller_id=reseller.id, state=EnquiryState.OPEN.value).count()
    if waiting >= settings.MAX_OPEN_ENQUIRIES:
        raise TooManyEnquiries(open_enquiries=waiting, retry_after_seconds=3600)
    row = Enquiry.objects.create(
        reseller_id=reseller.id,
        order_id=order_id,
        style_id=style_id,
        key=key,
        state=EnquiryState.OPEN.value,
        opened_at=now,
        last_message_at=now,
        due_at=now + settings.ENQUIRY_ANSWER_WITHIN,
    )
    write_message(actor, row, text, photo_ids, key, now)
    publish([enquiry_event(EventKind.ENQUIRY_OPENED, row)], now=now)
    return get_own_enquiry(reseller.id, row.pk, at=now)


@atomic_with_retry
def add_message(
    *, actor: Actor, enquiry_id: int, text: str, photo_ids: Sequence[int] = (), key: str, now: datetime
) -> EnquiryView:
    """The reseller asks further, or ops answer. The same key writes once.

    A question opens the enquiry again, and the brand that it was passed to is asked again; an answer ends its deadline.
    """
    require_roles(actor, Role.RESELLER, Role.OPS)
    require_key(key, max_length=MAX_KEY)
    row = _lock(actor, enquiry_id)
    if EnquiryMessage.objects.filter(enquiry=row, key=key).exists():
        return _view(actor, row, now)
    write_message(actor, row, text, photo_ids, key, now)
    if actor.role is Role.RESELLER:
        due_at = row.due_at or now + settings.ENQUIRY_ANSWER_WITHIN
        ask_brand_again(row, now)
        set_state(row, EnquiryState.OPEN, now, due_at=due_at, last_message_at=now)
    else:
        set_state(row, EnquiryState.ANSWERED, now, last_message_at=now)
        publish([enquiry_event(EventKind.ENQUIRY_ANSWERED, row)], now=now)
    return _view(actor, row, now)


@atomic_with_retry
def close_enquiry(*, actor: Actor, enquiry_id: int, now: datetime) -> EnquiryView:
    """The reseller or ops close an enquiry; a later message opens it again. A second call changes nothing."""
    require_roles(actor, Role.RESELLER, Role.OPS)
    row = _lock(actor, enquiry_id)
    if row.state != EnquiryState.CLOSED.value:
        set_state(row, EnquiryState.CLOSED, now)
        record(actor=actor, action="aftersales.close_enquiry", kind="enquiry", subject_id=row.pk, details={}, now=now)
    return _view(actor, row, now)


@atomic_with_retry
def mark_enquiry_read(*, actor: Actor, enquiry_id: int) -> None:
    """The reseller has seen what was answered so far. Messages are written under the lock of the enquiry, so their ids are in order."""
    require_reseller(actor)
    row = _lock(actor, enquiry_id)
    row.read_message_id = row.messages.aggregate(last=Max("pk", default=0))["last"]
    row.save(update_fields=["read_message_id"])


def close_answered(*, now: datetime, limit: int = 500) -> int:
    """Close enquiries whose answer nobody replied to within ENQUIRY_CLOSED_AFTER; returns how many. It may run repeatedly."""
    rows = Enquiry.objects.filter(
        state=EnquiryState.ANSWERED.value, last_message_at__lt=now - settings.ENQUIRY_CLOSED_AFTER
    )
    ids = list(rows.order_by("last_message_at").values_list("pk", flat=True)[:limit])
    return run_each(lambda enquiry_id: _close_answered(enquiry_id, now), ids, job="aftersales.close_answered")


def erase_messages(*, now: datetime) -> int:
    """Erase the words of enquiries that were closed longer ago than KEEP_CASE_PHOTOS; returns of how many messages."""
    rows = EnquiryMessage.objects.filter(
        enquiry__state=EnquiryState.CLOSED.value,
        enquiry__closed_at__lt=now - settings.KEEP_CASE_PHOTOS,
        erased_at__isnull=True,
    )
    of_enquiries = Enquiry.objects.filter(pk__in=rows.values("enquiry_id")).exclude(brand_note="")
    of_enquiries.update(brand_note="")
    return rows.update(text="", erased_at=now)


@atomic_with_retry
def _close_answered(enquiry_id: int, now: datetime) -> int:
    row = Enquiry.objects.select_for_update().get(pk=enquiry_id)
    if row.state != EnquiryState.ANSWERED.value or row.last_message_at >= now - settings.ENQUIRY_CLOSED_AFTER:
        return 0
    set_state(row, EnquiryState.CLOSED, now)
    record(actor=SYSTEM, action="aftersales.close_enquiry", kind="enquiry", subject_id=row.pk, details={}, now=now)
    return 1


def _lock(actor: Actor, enquiry_id: int) -> Enquiry:
    """The enquiry, locked. For a reseller those of others do not exist."""
    rows = Enquiry.objects.select_for_update().filter(pk=enquiry_id)
    if actor.role is Role.RESELLER:
        rows = rows.filter(reseller_id=require_reseller(actor).id)
    row = rows.first()
    if row is None:
        raise NoSuchEnquiry(enquiry_id=enquiry_id)
    return row


def write_message(actor: Actor, row: Enquiry, text: str, photo_ids: Sequence[int], key: str, now: datetime) -> None:
    text = text.strip()
    if len(text) > MAX_MESSAGE or not (text or photo_ids):
        raise InvalidMessage(max_length=MAX_MESSAGE)
    if actor.role is Role.RESELLER:
        _require_quota(actor, now)
    message = EnquiryMessage.objects.create(
        enquiry=row,
        person_id=actor.own_id,
        is_from_reseller=actor.role is Role.RESELLER,
        brand_id=row.brand_id if actor.role is Role.BRAND else None,
        text=text,
        key=key,
        at=now,
    )
    photos = lock_own_photos(actor, photo_ids)
    MessagePhoto.objects.bulk_create(MessagePhoto(message=message, photo=each) for each in photos)


def _require_quota(actor: Actor, now: datetime) -> None:
    """Refuse more messages of a reseller than the limit; she is locked, so that those of the same instant are counted one by one."""
    lock_person(actor.own_id)
    limit = settings.MAX_MESSAGES_PER_HOUR
    if EnquiryMessage.objects.filter(person_id=actor.own_id, at__gt=now - HOUR).count() >= limit:
        raise TooManyMessages(max_messages=limit, retry_after_seconds=600)


def set_state(row: Enquiry, state: EnquiryState, now: datetime, **changes: object) -> None:
    closed_at = now if state is EnquiryState.CLOSED else None
    values = {"due_at": None, "closed_at": closed_at} | changes | {"state": state.value}
    if state is not EnquiryState.OPEN:
        values["brand_due_at"] = None
    for column, value in values.items():
        setattr(row, column, value)
    row.save(update_fields=list(values))


def _view(actor: Actor, row: Enquiry, now: datetime) -> EnquiryView:
    if actor.role is Role.RESELLER:
        return get_own_enquiry(row.reseller_id, row.pk, at=now)
    return get_enquiry(row.pk, at=now)


def ask_brand_again(row: Enquiry, now: datetime) -> None:
    """Where an enquiry was passed to a brand: it is to answer what was asked now; the deadline of a question that waits stays."""
    if row.brand_id is None:
        return
    if row.brand_due_at is None:
        row.brand_due_at = now + settings.ENQUIRY_ANSWER_WITHIN
        row.save(update_fields=["brand_due_at"])
    publish([enquiry_event(EventKind.ENQUIRY_PASSED, row)], now=now)


def enquiry_event(kind: EventKind, row: Enquiry, **data: str | int) -> EventDraft:
    return EventDraft(
        kind, row.pk, reseller_id=row.reseller_id, brand_id=row.brand_id, data={"enquiry_id": row.pk, **data}
    )
