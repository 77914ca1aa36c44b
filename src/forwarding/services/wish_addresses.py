"""A customer corrects where her wish goes, on its private page, as long as it waits for an order (FORWARD-5)."""

from datetime import datetime

from django.db import transaction

from events.rules import EventKind
from events.services import EventDraft, publish
from forwarding.models import Wish
from forwarding.rules.wishes import MAX_ADDRESS
from forwarding.selectors.wish_desk import read_wish_recipient
from forwarding.selectors.wishes import NoSuchWishPage, is_open, is_wish_token, with_lines
from forwarding.services.wishes import WishAlreadyAnswered
from kernel.refusal import Invalid
from kernel.text import visible
from orders.services.recipients import propose_recipient


class InvalidWishAddress(Invalid):
    code = "forwarding.invalid_wish_address"
    zh = "请写收货地址，可以连姓名和电话一起粘贴，最多 {max_length} 字"
    en = "Write the address, with name and phone where they change too, in at most {max_length} characters"
    max_length: int


@transaction.atomic
def change_address(*, token: str, text: str, now: datetime) -> None:
    """Replace the recipient of an open wish by what its customer wrote; a name or a phone number that she does not write stays as it was.

    It takes the place of what the reseller corrected before, since it is the later word of the two; she is told. What is on its way to an
    order with the old recipient is refused there (`WishChanged`). Refuses a text without an address, and a wish that was answered.
    """
    rows = Wish.objects.select_for_update(of=("self",)).select_related("order")
    row = with_lines(rows).filter(token=token).first() if is_wish_token(token) else None
    if row is None:
        raise NoSuchWishPage
    if not is_open(row):
        raise WishAlreadyAnswered(state=row.state)
    written = _completed(row, visible(text).strip())
    unchanged = (row.address, row.recipient_name, row.recipient_phone, row.recipient_address) == (written, "", "", "")
    if unchanged:
        return
    row.address, row.refusal = written, None
    row.recipient_name = row.recipient_phone = row.recipient_address = ""
    row.save(update_fields=["address", "refusal", "recipient_name", "recipient_phone", "recipient_address"])
    data = {"wish_id": row.pk}
    publish([EventDraft(EventKind.WISH_ADDRESS_CHANGED, row.pk, reseller_id=row.reseller_id, data=data)], now=now)


def _completed(row: Wish, text: str) -> str:
    """The text with the name and the phone number before it that it leaves out and the wish had."""
    read, before = propose_recipient(text), read_wish_recipient(row)
    kept = [before.name if not read.name else "", before.phone if not read.phone else ""]
    written = " ".join([*filter(None, kept), text])
    if not read.address or len(written) > MAX_ADDRESS:
        raise InvalidWishAddress(max_length=MAX_ADDRESS)
    return written
