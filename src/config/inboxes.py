"""Whose inbox somebody reads: a reseller her own, a clerk that of the brand, ops and finance that of the platform."""

from accounts.rules import Actor, Role
from brands.selectors.brands import require_own_brand
from events.rules.kinds import Face
from events.selectors import Inbox
from membership.selectors.people import require_reseller


def inbox_of(actor: Actor) -> Inbox:
    match actor.role:
        case Role.RESELLER:
            return Inbox(Face.SHOP, require_reseller(actor).id, actor.own_id)
        case Role.BRAND:
            return Inbox(Face.PORTAL, require_own_brand(actor).id, actor.own_id)
        case _:
            return Inbox(Face.CONSOLE, None, actor.own_id)
