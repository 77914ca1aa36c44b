"""What she has to do now, and the first steps of a new reseller (FORWARD-23, FORWARD-24)."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from kernel import clock
from membership.rules.tiers import Tier
from membership.selectors.people import MemberView
from membership.selectors.tier_status import get_membership
from shop.pages.base_views import render_page, reseller
from web.query_parameters import accepts_parameters


@dataclass(frozen=True, slots=True)
class KeepGap:
    """What is missing this month so that her tier does not fall at its end: whole growth, and purchases that give it, in fen."""

    falls_to: Tier
    growth: int
    purchases_fen: int
    until: datetime


@role_required(Role.RESELLER)
@accepts_parameters()
def today(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    return render_page(request, "today.html", me, keep_gap=keep_gap(me, clock.now()))


def keep_gap(me: MemberView, now: datetime) -> KeepGap | None:
    """None where nothing falls. A trial member and VIP1 never fall, and cost no statement."""
    if me.tier <= Tier.VIP1:
        return None
    view = get_membership(me.id, now)
    if view.forecast.tier >= view.tier:
        return None
    return KeepGap(view.forecast.tier, view.growth_to_keep_tier, view.keep_purchases_fen, view.forecast.rollover_at)
