"""A reseller's address book, and the reading of a pasted text."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.rules import Actor
from accounts.services.names import require_valid_name
from accounts.services.people import lock_person
from imports.contact import has_remark, read_contact
from imports.phones import read_phone
from kernel.refusal import Conflict, Invalid
from kernel.text import normalized, visible
from membership.selectors.people import require_reseller
from orders.models.recipients import Recipient
from orders.rules.recipients import recipient_faults
from orders.selectors.orders import NoSuchRecipient, RecipientView, recipient_view

REMOVED_RECIPIENTS_COUNT_FOR = timedelta(hours=24)
"""Removed recipients count towards the limit for so long. Otherwise adding and removing in turns would fill the table."""


class InvalidRecipient(Invalid):
    code = "orders.invalid_recipient"
    zh = "收货信息不能用：{why_zh}"
    en = "The recipient cannot be used: {why_en}"
    faulty: list[str]
    why_zh: str
    why_en: str


class RecipientNotConfirmed(Invalid):
    code = "orders.recipient_not_confirmed"
    zh = "粘贴的文字只是识别，没有保存。请核对后把姓名「{name}」、电话「{phone}」、地址「{address}」三项填好再提交"
    en = (
        "The pasted text was only read, nothing was entered. Check name “{name}”, phone “{phone}” and address “{address}”, "
        "and send the three fields"
    )
    pasted: str
    name: str
    phone: str
    address: str
    unused_text: list[str]


class TooManyRecipients(Conflict):
    code = "orders.too_many_recipients"
    zh = "地址簿最多 {limit} 位收货人（24 小时内移除的也算在内）；请先移除不再发货的收货人"
    en = "The address book holds at most {limit} recipients, those removed within 24 hours included; remove some that you no longer need"
    limit: int


@dataclass(frozen=True, slots=True)
class RecipientProposal:
    """What was read from a pasted text, to be confirmed. An empty field was not found; `unused_text` holds words that fit no field.

    `province`, `city`, `county` and `street` are the parts of `address`. A level that the address leaves out is named where it follows
    from the others (深圳 lies in 广东省), else it is empty.
    """

    response_properties: ClassVar = ("is_complete",)

    pasted: str
    name: str
    phone: str
    address: str
    province: str
    city: str
    county: str
    street: str
    unused_text: list[str]

    @property
    def is_complete(self) -> bool:
        return bool(self.name and self.phone and self.address)


def propose_recipient(pasted: str) -> RecipientProposal:
    """Read name, phone and address from a pasted text. Creates nothing (ORDER-5)."""
    read = read_contact(visible(pasted))
    division, street = read.located.division, read.address[read.located.end :]
    return RecipientProposal(
        pasted=pasted,
        name=read.name,
        phone=read.phone,
        address=read.address,
        province=division.province,
        city=division.city,
        county=division.county,
        street=street,
        unused_text=list(read.left_out),
    )


def complete_proposal(pasted: str, *, name: str, phone: str) -> RecipientProposal:
    """What is read from a pasted text, with a name and a phone number from elsewhere where the text has none. Creates nothing."""
    read = propose_recipient(pasted)
    return replace(read, name=read.name or name, phone=read.phone or read_phone(visible(phone)))


def faulty_fields(name: str, phone: str, address: str) -> list[str]:
    """The fields of a recipient that are missing or cannot be used (ORDER-5)."""
    faults = recipient_faults(name=name, phone=phone, is_phone=bool(read_phone(phone)), address=address)
    return [fault.field for fault in faults]


def unsure_fields(read: RecipientProposal) -> list[str]:
    """The fields that somebody must correct or confirm before they are a recipient: `name`, `phone`, `address`.

    A field is unsure where it is missing or cannot be used, where the text holds a second telephone number, and where the address names
    no province and city or holds a remark.
    """
    unsure = faulty_fields(read.name, read.phone, read.address)
    if any(read_phone(words) for words in read.unused_text):
        unsure.append("phone")
    if not (read.province and read.city) or has_remark(read.address):
        unsure.append("address")
    return list(dict.fromkeys(unsure))


@dataclass(frozen=True, slots=True)
class RecipientFields:
    """The three fields of a recipient, as somebody confirmed them."""

    name: str
    phone: str
    address: str


def valid_recipient(fields: RecipientFields) -> RecipientFields:
    """The fields as they are stored. Refuses those that are missing or cannot be used (ORDER-5), and names by ACCOUNT-6."""
    name, phone, address = normalized(fields.name), visible(fields.phone), normalized(visible(fields.address))
    number = read_phone(phone)
    if faults := recipient_faults(name=name, phone=phone.strip(), is_phone=bool(number), address=address):
        raise InvalidRecipient(
            faulty=[fault.field for fault in faults],
            why_zh="；".join(fault.zh for fault in faults),
            why_en="; ".join(fault.en for fault in faults),
        )
    return RecipientFields(require_valid_name(name), number, address)


@transaction.atomic
def add_recipient(
    *, actor: Actor, name: str, phone: str, address: str, pasted: str = "", now: datetime
) -> RecipientView:
    """Create a recipient from three confirmed fields. The same recipient is created once.

    `pasted` is the text that the fields were read from. Where it is sent and one of the fields is missing, nothing is created, and the
    refusal proposes what was read (ORDER-5). Refuses fields that are missing or cannot be used, names that `require_valid_name` refuses
    (ACCOUNT-6), and more than `settings.MAX_RECIPIENTS` (ACCOUNT-7).
    """
    require_reseller(actor)
    if pasted.strip() and not (normalized(name) and visible(phone).strip() and normalized(visible(address))):
        read = propose_recipient(pasted)
        raise RecipientNotConfirmed(
            pasted=pasted,
            name=normalized(name) or read.name,
            phone=visible(phone).strip() or read.phone,
            address=normalized(visible(address)) or read.address,
            unused_text=read.unused_text,
        )
    [added] = find_or_add_recipients(actor=actor, recipients=[RecipientFields(name, phone, address)], now=now)
    return added


@transaction.atomic
def find_or_add_recipients(
    *, actor: Actor, recipients: Sequence[RecipientFields], now: datetime
) -> list[RecipientView]:
    """The recipients with these confirmed fields, in the same order; those that are not in the address book are added, each once.

    A few statements for any number of them. Refuses as `add_recipient` does, and then adds none.
    """
    reseller = require_reseller(actor)
    valid = [valid_recipient(fields) for fields in recipients]
    found = _find_recipients(reseller.id, valid)
    missing = [fields for fields in dict.fromkeys(valid) if fields not in found]
    if missing:
        lock_person(actor.own_id)
        found = _find_recipients(reseller.id, valid)
        missing = [fields for fields in missing if fields not in found]
        counts_towards_limit = Q(hidden_at=None) | Q(hidden_at__gt=now - REMOVED_RECIPIENTS_COUNT_FOR)
        count = Recipient.objects.filter(counts_towards_limit, reseller_id=reseller.id).count()
        if count + len(missing) > settings.MAX_RECIPIENTS:
            raise TooManyRecipients(limit=settings.MAX_RECIPIENTS)
        rows = Recipient.objects.bulk_create(Recipient(reseller_id=reseller.id, **asdict(fields)) for fields in missing)
        found |= dict(zip(missing, map(recipient_view, rows), strict=True))
    return [found[fields] for fields in valid]


def _find_recipients(reseller_id: int, fields: Sequence[RecipientFields]) -> dict[RecipientFields, RecipientView]:
    rows = Recipient.objects.filter(reseller_id=reseller_id, hidden_at=None, phone__in={each.phone for each in fields})
    return {RecipientFields(row.name, row.phone, row.address): recipient_view(row) for row in rows}


@transaction.atomic
def hide_recipient(*, actor: Actor, recipient_id: int, now: datetime) -> None:
    """Remove a recipient from the address book. Existing orders keep the recipient."""
    reseller = require_reseller(actor)
    hidden_rows = Recipient.objects.filter(pk=recipient_id, reseller_id=reseller.id, hidden_at=None).update(
        hidden_at=now, tags=[], sizes=[]
    )
    if not hidden_rows:
        raise NoSuchRecipient(recipient_id=recipient_id)
