"""A customer corrects where her wish goes, on its private page, as long as it waits for an order (FORWARD-5)."""

from datetime import datetime

from django.db import transaction

from events.rules.kinds import EventKind
from events.selectors import count_events_since
from events.services import EventDraft, publish
from forwarding.models import Wish
from forwarding.rules.wishes import MAX_ADDRESS
from forwarding.selectors.wish_desk import read_wish_recipient
from forwarding.selectors.wishes import is_open
from forwarding.services.wish_limits import HOUR
from forwarding.services.wish_lines import give_up_order, lock_wish_of_page
from forwarding.services.wishes import WishAlreadyAnswered
from kernel.refusal import Invalid, TooMany
from kernel.text import visible
from orders.rules.payments import GivenUp
from orders.services.recipients import propose_recipient

MAX_ADDRESS_CHANGES_PER_HOUR = 6
"""Of one wish."""


class InvalidWishAddress(Invalid):
    code = "forwarding.invalid_wish_address"
    zh = "请写收货地址，可以连姓名和电话一起粘贴，最多 {max_length} 字"
    en = "Write the address, with name and phone where they change too, in at most {max_length} characters"
    max_length: int


class TooManyAddressChanges(TooMany):
    code = "forwarding.too_many_address_changes"
    zh = "一小时内改了 {limit} 次收货信息，不能再改了；请过一会儿再试，或直接告诉卖家"
    en = "The address was changed {limit} times within an hour; try again later, or tell the seller directly"
    limit: int


@transaction.atomic
def change_address(*, token: str, text: str, now: datetime) -> None:
    """Replace the recipient of an open wish by what its customer wrote; a name or a phone number that she does not write stays as it was.

    It takes the place of what the reseller corrected before, since it is the later word of the two; she is told. What is on its way to an
    order with the old recipient is refused there (`WishChanged`), and late money brings back no order with it (ORDER-15). Refuses a text
    without an address, a wish that was answered, and more than MAX_ADDRESS_CHANGES_PER_HOUR changes of a wish, from whatever network,
    since each tells the reseller.
    """
    row = lock_wish_of_page(token)
    if not is_open(row):
        raise WishAlreadyAnswered(state=row.state)
    written = _completed(row, visible(text).strip())
    unchanged = (row.address, row.recipient_name, row.recipient_phone, row.recipient_address) == (written, "", "", "")
    if unchanged:
        return
    if count_events_since(EventKind.WISH_ADDRESS_CHANGED, row.pk, now - HOUR) >= MAX_ADDRESS_CHANGES_PER_HOUR:
        raise TooManyAddressChanges(retry_after_seconds=int(HOUR.total_seconds()), limit=MAX_ADDRESS_CHANGES_PER_HOUR)
    give_up_order([row.pk], GivenUp.WISH_CHANGED)
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
