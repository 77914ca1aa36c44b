"""Where she stands: her tier, her growth, what comes next, and whom she may invite."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from kernel import clock
from kernel.refusal import Refusal
from membership.rules.tiers import Tier
from membership.selectors import people, standings
from membership.selectors.standings import StandingView
from membership.services import invitations, rollover
from pricing.selectors.price_rules import terms_at
from shop.pages.base_views import flash_refusal, render_page, reseller
from web.query_parameters import accepts_parameters, cursor

USES_OF_A_CODE = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """How far she is towards a goal, in whole growth."""

    have: int
    goal: int


@dataclass(frozen=True, slots=True)
class TierRow:
    """What a tier asks, in whole growth, and how much less than a trial member it pays.

    The discount from the base price itself is not shown: with it and her own price she could reckon the base price.
    """

    tier: Tier
    threshold: int
    keep: int
    bonus: int
    less_than_trial: str


@role_required(Role.RESELLER)
def vip(request: ActorRequest) -> HttpResponse:
    me, now = reseller(request), clock.now()
    view = standings.standing_view(me.id, now)
    may_invite = me.tier >= Tier.VIP1
    code = next((code for code in people.codes_of(request.actor) if may_invite and code.alive(now)), None)
    join_address = _join_address(request, code.code) if code else ""
    return render_page(
        request,
        "vip.html",
        me,
        view=view,
        next_bar=_next_bar(view),
        keep_bar=_keep_bar(view),
        tier_rows=_tier_rows(view, terms_at(now).discounts),
        code=code,
        join_address=join_address,
        qr=segno.make(join_address, error="m").svg_data_uri(scale=5, border=2) if code else "",
        uses_of_a_code=USES_OF_A_CODE,
        may_invite=may_invite,
        notices=[notice for notice in standings.notices_of(request.actor, me.id) if notice.read_at is None],
    )


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def history(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    page = standings.entries_of(me.id, cursor=request.GET.get("cursor", ""), limit=30)
    return render_page(request, "vip_history.html", me, page=page)


@role_required(Role.RESELLER)
@require_POST
def issue_code(request: ActorRequest) -> HttpResponse:
    try:
        invitations.issue_code(actor=request.actor, uses=USES_OF_A_CODE, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("新的邀请码已生成"))
    return redirect("shop:vip")


@role_required(Role.RESELLER)
@require_POST
def read_notices(request: ActorRequest) -> HttpResponse:
    rollover.read_notices(actor=request.actor, now=clock.now())
    return redirect("shop:vip")


def _next_bar(view: StandingView) -> Bar | None:
    if view.standing.next_tier is None or view.next_needs is None:
        return None
    goal = view.tiers[view.standing.next_tier - 1].threshold
    return Bar(max(goal - view.next_needs, 0), goal)


def _keep_bar(view: StandingView) -> Bar | None:
    """VIP1 is never lost, so only higher tiers have something to keep."""
    goal = view.tiers[view.tier - 1].keep if view.tier > Tier.VIP1 else 0
    return Bar(max(goal - view.keep_needs, 0), goal) if goal else None


def _tier_rows(view: StandingView, discounts: Sequence[Decimal]) -> list[TierRow]:
    full = 1 - discounts[Tier.TRIAL]
    shares = [(full - (1 - discount)) / full for discount in discounts]
    less = [f"{share * 100:.1f}".removesuffix(".0") + "%" if share else "" for share in shares]
    rows = [TierRow(row.tier, row.threshold, row.keep, row.bonus, less[row.tier]) for row in view.tiers]
    return [TierRow(Tier.TRIAL, 0, 0, 0, ""), *rows]


def _join_address(request: ActorRequest, code: str) -> str:
    return request.build_absolute_uri(f"{reverse('shop:join')}?{urlencode({'code': code})}")
