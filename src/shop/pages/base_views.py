"""What all pages of the shop share: who she is, and how a refusal is told without losing the page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from accounts.permissions import ActorRequest
from events.rules.kinds import Face
from events.selectors import Inbox, count_unread
from forwarding.rules.tasks import CheaperStyle, TaskCounts
from forwarding.selectors.tasks import get_task_counts, list_cheaper_styles
from kernel import clock
from kernel.refusal import Refusal
from membership.rules.tiers import Tier
from membership.selectors.people import MemberView, require_member
from web.query_parameters import parse_number


def reseller(request: ActorRequest) -> MemberView:
    return require_member(request.actor, clock.now())


def render_page(request: ActorRequest, template: str, me: MemberView, **context: Any) -> HttpResponse:
    """A page with what waits for her in the tab bar. A part for htmx has no tab bar, and counts nothing."""
    shared: dict[str, Any] = {"me": me}
    if not template.startswith("parts/"):
        now = clock.now()
        tasks = get_task_counts(me.id, at=now)
        unread = count_unread(Inbox(Face.SHOP, me.id, request.actor.own_id)).unread
        shared |= {"tasks": tasks, "unread_events": unread, "own_count": tasks.own + unread}
        shared["reached"] = _reached(request, me, tasks, now)
    return render(request, f"shop/{template}", {**shared, **context})


@dataclass(frozen=True, slots=True)
class ReachedTier:
    """A tier that she has reached and not been congratulated on, with what is now cheaper; `is_open` where the page shows it in full."""

    tier: Tier
    styles: list[CheaperStyle]
    is_open: bool

    @property
    def saved_fen(self) -> int:
        return sum(style.saved_fen for style in self.styles)


_CELEBRATING_PAGES = frozenset({"home", "order", "vip"})
"""Where a reached tier is shown in full: the others have errands of their own."""


def _reached(request: ActorRequest, me: MemberView, tasks: TaskCounts, now: datetime) -> ReachedTier | None:
    if tasks.tier_before is None or tasks.tier_after is None or me.tier < tasks.tier_after:
        return None
    styles = list_cheaper_styles(me.id, tier_before=tasks.tier_before, tier_after=tasks.tier_after, at=now)
    match = request.resolver_match
    return ReachedTier(Tier(tasks.tier_after), styles, match is not None and match.url_name in _CELEBRATING_PAGES)


def flash_refusal(request: ActorRequest, refusal: Refusal) -> None:
    """Say a refusal on the page that is shown next."""
    messages.error(request, refusal.sentence(request.LANGUAGE_CODE))


def parse_int(text: str) -> int:
    """A whole number that a form sent, 0 for anything else: no row has it, so the service refuses it."""
    return parse_number(text) or 0
