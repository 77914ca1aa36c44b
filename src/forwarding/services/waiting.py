"""Waiting for sold-out goods on behalf of customers: flashsales has the list, and who the customers are is known here (SALE-13)."""

from collections.abc import Sequence
from datetime import datetime

from accounts.rules import Actor
from flashsales.rules.waiting import source_parts
from flashsales.services import waiting_list
from flashsales.services.waiting_list import WaitingLine
from forwarding.selectors.wishes import NoSuchWish, own_wish_ids
from membership.selectors.people import require_reseller
from orders.selectors.customers import names_of_recipients
from orders.selectors.orders import NoSuchRecipient


def ask_for(*, actor: Actor, lines: Sequence[WaitingLine], now: datetime) -> list[int]:
    """Put a reseller on the waiting list for herself, her customers and their wishes, all lines or none; returns the ids of the entries.

    Refuses wishes and recipients that are not hers, and what `flashsales.services.waiting_list.ask_for` refuses.
    """
    me = require_reseller(actor)
    named = [source_parts(line.source) for line in lines]
    wishes = {number for kind, number in named if kind in ("wish", "wishes")}
    recipients = {number for kind, number in named if kind == "recipient"}
    strange_wishes = wishes - own_wish_ids(me.id, wishes) if wishes else set()
    if strange_wishes:
        raise NoSuchWish(wish_id=min(strange_wishes))
    strange_recipients = recipients - names_of_recipients(me.id, recipients).keys() if recipients else set()
    if strange_recipients:
        raise NoSuchRecipient(recipient_id=min(strange_recipients))
    return waiting_list.ask_for(actor=actor, lines=lines, now=now)
