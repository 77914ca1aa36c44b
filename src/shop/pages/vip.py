"""Her membership: tier, growth, what comes next, and whom she may invite."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from kernel import clock
from kernel.refusal import Refusal
from membership.rules.tiers import Tier
from membership.selectors import people, tier_status
from membership.selectors.people import MemberView
from membership.selectors.tier_status import MembershipView, NoticeView
from membership.services import invitations, rollover
from pricing.selectors.price_rules import terms_at
from shop.pages.base_views import flash_refusal, render_page, reseller
from web.query_parameters import accepts_parameters, cursor

USES_PER_CODE = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """How far she is towards a goal, in whole growth."""

    have: int
    goal: int


@dataclass(frozen=True, slots=True)
class TierRow:
    """What a tier requires, in whole growth, and how much less than a trial member it pays.

    The discount from the base price itself is not shown: from it and her own price she could compute the base price.
    """

    tier: Tier
    threshold: int
    keep_amount: int
    keep_bonus: int
    less_than_trial: str


@role_required(Role.RESELLER)
def vip(request: ActorRequest) -> HttpResponse:
    me, now = reseller(request), clock.now()
    view = tier_status.get_membership(me.id, now)
    may_invite = me.tier >= Tier.VIP1
    code = next((code for code in people.list_own_codes(request.actor) if may_invite and code.is_valid(now)), None)
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
        uses_per_code=USES_PER_CODE,
        may_invite=may_invite,
        notices=_notices(request, me),
    )


@role_required(Role.RESELLER)
@accepts_parameters(cursor=cursor)
def history(request: ActorRequest) -> HttpResponse:
    me = reseller(request)
    page = tier_status.list_growth_entries(me.id, cursor=request.GET.get("cursor", ""), limit=30)
    return render_page(request, "vip_history.html", me, page=page)


@role_required(Role.RESELLER)
@require_POST
def issue_code(request: ActorRequest) -> HttpResponse:
    try:
        invitations.issue_code(actor=request.actor, uses=USES_PER_CODE, now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("新的邀请码已生成"))
    return redirect("shop:vip")


@role_required(Role.RESELLER)
@require_POST
def read_notices(request: ActorRequest) -> HttpResponse:
    """Read them, and go back to the page of ours that the form names."""
    rollover.read_notices(actor=request.actor, now=clock.now())
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return redirect(address if is_ours else reverse("shop:vip"))


def _notices(request: ActorRequest, me: MemberView) -> list[NoticeView]:
    """What she has not read. A tier that she has is celebrated above the page (FORWARD-25), and not told here again."""
    unread = [each for each in tier_status.list_notices(request.actor, me.id) if each.read_at is None]
    return [each for each in unread if each.kind != "upgraded" or each.after > me.tier]


def _next_bar(view: MembershipView) -> Bar | None:
    if view.next_tier is None or view.growth_to_next_tier is None:
        return None
    goal = view.tiers[view.next_tier - 1].threshold
    return Bar(max(goal - view.growth_to_next_tier, 0), goal)


def _keep_bar(view: MembershipView) -> Bar | None:
    """VIP1 is never lost, so only higher tiers have something to keep."""
    goal = view.tiers[view.tier - 1].keep_amount if view.tier > Tier.VIP1 else 0
    return Bar(max(goal - view.growth_to_keep_tier, 0), goal) if goal else None


def _tier_rows(view: MembershipView, discounts: Sequence[Decimal]) -> list[TierRow]:
    full = 1 - discounts[Tier.TRIAL]
    shares = [(full - (1 - discount)) / full for discount in discounts]
    less_than_trial = [f"{share * 100:.1f}".removesuffix(".0") + "%" if share else "" for share in shares]
    rows = [
        TierRow(row.tier, row.threshold, row.keep_amount, row.keep_bonus, less_than_trial[row.tier])
        for row in view.tiers
    ]
    return [TierRow(Tier.TRIAL, 0, 0, 0, ""), *rows]


def _join_address(request: ActorRequest, code: str) -> str:
    return request.build_absolute_uri(f"{reverse('shop:join')}?{urlencode({'code': code})}")
