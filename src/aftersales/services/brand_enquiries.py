"""Enquiries that ops pass to a brand, and the brand's answers (AFTER-15)."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from accounts.rules import Actor, Role, require_roles
from accounts.services.audit import record
from aftersales.models.enquiries import Enquiry, EnquiryMessage
from aftersales.rules import MAX_BRAND_NOTE, EnquiryState
from aftersales.selectors.brand_enquiries import BrandEnquiryView, get_brand_enquiry
from aftersales.selectors.enquiries import EnquiryView, NoSuchEnquiry, get_enquiry
from aftersales.services.enquiries import enquiry_event, set_state, write_message
from aftersales.services.refunds import MAX_KEY
from brands.selectors.brands import require_own_brand
from db.transactions import atomic_with_retry
from events.rules.kinds import EventKind
from events.services import publish
from inventory.selectors.styles import brand_of_style
from kernel.refusal import Conflict, Invalid, require_key
from orders.selectors.contacts import list_brands_of_order


class NoBrandToAsk(Invalid):
    code = "aftersales.no_brand_to_ask"
    zh = "这条咨询不关于这个品牌的订单或货品，不能转给它"
    en = "The enquiry is not about an order or goods of this brand, so it cannot be passed to it"


class BrandNoteTooLong(Invalid):
    code = "aftersales.brand_note_too_long"
    zh = "给品牌的话最多 {max_length} 个字"
    en = "What is asked of the brand has at most {max_length} characters"
    max_length: int


class EnquiryIsClosed(Conflict):
    code = "aftersales.enquiry_is_closed"
    zh = "咨询 {enquiry_id} 已结束"
    en = "Enquiry {enquiry_id} is closed"
    enquiry_id: int


def brands_to_ask(order_id: int | None, style_id: int | None) -> list[int]:
    """The brands to which an enquiry can be passed: those of its order, or that of its style."""
    if order_id is not None:
        return list_brands_of_order(order_id)
    return [brand_of_style(style_id)] if style_id is not None else []


@atomic_with_retry
def pass_to_brand(*, actor: Actor, enquiry_id: int, brand_id: int, note: str = "", now: datetime) -> EnquiryView:
    """Ops ask a brand to answer, within ENQUIRY_ANSWER_WITHIN; the reseller's own deadline stays. The same again changes nothing.

    Refuses a brand whose goods the enquiry is not about, and a closed enquiry.
    """
    require_roles(actor, Role.OPS)
    note = note.strip()
    if len(note) > MAX_BRAND_NOTE:
        raise BrandNoteTooLong(max_length=MAX_BRAND_NOTE)
    row = Enquiry.objects.select_for_update().filter(pk=enquiry_id).first()
    if row is None:
        raise NoSuchEnquiry(enquiry_id=enquiry_id)
    if row.state == EnquiryState.CLOSED.value:
        raise EnquiryIsClosed(enquiry_id=enquiry_id)
    if brand_id not in brands_to_ask(row.order_id, row.style_id):
        raise NoBrandToAsk
    if (row.brand_id, row.brand_note) == (brand_id, note) and row.brand_due_at is not None:
        return get_enquiry(enquiry_id, at=now)
    row.brand_id, row.brand_note, row.passed_at = brand_id, note, now
    row.brand_due_at = now + settings.ENQUIRY_ANSWER_WITHIN
    row.save(update_fields=["brand", "brand_note", "passed_at", "brand_due_at"])
    publish([enquiry_event(EventKind.ENQUIRY_PASSED, row)], now=now)
    details = {"brand": brand_id}
    record(actor=actor, action="aftersales.pass_enquiry", kind="enquiry", subject_id=row.pk, details=details, now=now)
    return get_enquiry(enquiry_id, at=now)


@atomic_with_retry
def answer_as_brand(
    *, actor: Actor, enquiry_id: int, text: str, photo_ids: Sequence[int] = (), key: str, now: datetime
) -> BrandEnquiryView:
    """A clerk answers an enquiry that was passed to the brand; reseller and ops are told. The same key writes once.

    The answer is one to the reseller, so it ends the deadline of ops too. Refuses a closed enquiry.
    """
    brand = require_own_brand(actor)
    require_key(key, max_length=MAX_KEY)
    row = Enquiry.objects.select_for_update().filter(pk=enquiry_id, brand_id=brand.id).first()
    if row is None:
        raise NoSuchEnquiry(enquiry_id=enquiry_id)
    if EnquiryMessage.objects.filter(enquiry=row, key=key).exists():
        return get_brand_enquiry(brand.id, enquiry_id, at=now)
    if row.state == EnquiryState.CLOSED.value:
        raise EnquiryIsClosed(enquiry_id=enquiry_id)
    write_message(actor, row, text, photo_ids, key, now)
    set_state(row, EnquiryState.ANSWERED, now, last_message_at=now)
    publish([enquiry_event(EventKind.ENQUIRY_ANSWERED_BY_BRAND, row, brand=brand.name)], now=now)
    return get_brand_enquiry(brand.id, enquiry_id, at=now)
