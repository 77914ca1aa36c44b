"""A reseller's address book."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.rules import Actor
from kernel.refusal import Invalid
from membership.queries import reseller_of
from orders.models import Recipient
from orders.queries import NoSuchRecipient, RecipientView, recipient_view
from orders.rules import parse_address

_PHONE = re.compile(r"(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8})\Z", re.ASCII)


@dataclass(eq=False)
class BadAddress(Invalid):
    code = "orders.bad_address"
    zh = "收货信息不完整：缺少{missing}。请补全姓名、手机号和详细地址"
    en = "The address is incomplete, missing: {missing}. Give a name, a phone number and the whole address"
    missing: str


@transaction.atomic
def add_recipient(
    *, actor: Actor, name: str = "", phone: str = "", address: str = "", pasted: str = "", now: datetime
) -> RecipientView:
    """Enter a recipient, from three fields or from a pasted text; the same one twice stays one."""
    reseller = reseller_of(actor)
    read = parse_address(pasted) if pasted.strip() else None
    name = name.strip() or (read.name if read else "")
    phone = re.sub(r"[\s]", "", phone) or (read.phone if read else "")
    address = address.strip() or (read.address if read else "")
    faults = [
        ("姓名", not 0 < len(name) <= 40),
        ("手机号", not _PHONE.match(phone)),
        ("详细地址", not 4 < len(address) <= 200),
    ]
    missing = [word for word, wrong in faults if wrong]
    if missing:
        raise BadAddress(missing="、".join(missing))
    row, _ = Recipient.objects.get_or_create(
        reseller_id=reseller.id, name=name, phone=phone, address=address, hidden_at=None
    )
    return recipient_view(row)


@transaction.atomic
def hide_recipient(*, actor: Actor, recipient_id: int, now: datetime) -> None:
    """Take a recipient out of the address book; orders keep theirs."""
    reseller = reseller_of(actor)
    hidden = Recipient.objects.filter(pk=recipient_id, reseller_id=reseller.id, hidden_at=None).update(hidden_at=now)
    if not hidden:
        raise NoSuchRecipient(recipient_id=recipient_id)
