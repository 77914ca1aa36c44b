"""Pasted lists of recipients: read one by one and proposed, never entered by themselves (ORDER-5)."""

from dataclasses import dataclass

from accounts.rules import Actor
from imports.contact_list import MAX_CHARACTERS as MAX_CHARACTERS
from imports.contact_list import split_contacts
from kernel.refusal import Invalid
from kernel.text import visible
from membership.selectors.people import require_reseller
from orders.selectors.orders import find_recipients_with_phones
from orders.services.recipients import RecipientProposal, propose_recipient, unsure_fields

MAX_PASTED_RECIPIENTS = 100


class InvalidRecipientList(Invalid):
    code = "orders.invalid_recipient_list"
    zh = "一次最多粘贴 {recipients} 位收货人、{characters} 个字；这里有 {found} 位、{length} 个字，请分几次粘贴"
    en = (
        "Paste at most {recipients} recipients and {characters} characters at a time; these are {found} recipients and {length} "
        "characters, paste them in parts"
    )
    recipients: int
    characters: int
    found: int
    length: int


@dataclass(frozen=True, slots=True)
class ProposedRecipient:
    """One recipient of a list. `unsure` fields must be corrected or confirmed; `is_known`: the address book has the same recipient."""

    recipient: RecipientProposal
    unsure: list[str]
    is_known: bool


def propose_recipients(*, actor: Actor, pasted: str) -> list[ProposedRecipient]:
    """Read a list of recipients: one on a line, on several lines, or between blank lines. Creates nothing.

    Every visible character of the text is in `pasted` of one recipient. Refuses more than MAX_PASTED_RECIPIENTS.
    """
    reseller = require_reseller(actor)
    text = visible(pasted)
    pieces = split_contacts(text) if len(text) <= MAX_CHARACTERS else []
    if len(text) > MAX_CHARACTERS or len(pieces) > MAX_PASTED_RECIPIENTS:
        raise InvalidRecipientList(
            recipients=MAX_PASTED_RECIPIENTS, characters=MAX_CHARACTERS, found=len(pieces), length=len(text)
        )
    read = [propose_recipient(piece) for piece in pieces]
    rows = find_recipients_with_phones(reseller.id, {each.phone for each in read if each.phone})
    known = {(row.name, row.phone, row.address) for row in rows}
    return [
        ProposedRecipient(each, unsure_fields(each), (each.name, each.phone, each.address) in known) for each in read
    ]
