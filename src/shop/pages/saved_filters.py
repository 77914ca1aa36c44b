"""The filters that a reseller keeps: applied by one tap on the first page and in the finder, renamed, deleted (SALE-17)."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from flashsales.rules.finder import StyleFilter
from flashsales.rules.saved_filters import MAX_FILTER_NAME, MAX_SAVED_FILTERS, from_json
from flashsales.selectors import finder
from flashsales.selectors.saved_filters import SavedFilterView, list_saved_filters
from flashsales.services.saved_filters import (
    FilterNotSaveable,
    delete_filter,
    look_at_filter,
    rename_filter,
    save_filter,
)
from inventory.selectors.stock import categories
from kernel import clock
from kernel.refusal import Refusal
from membership.selectors.people import MemberView
from shop.pages.base_views import flash_refusal, render_page, reseller
from shop.pages.style_filters import FILTER_PARAMETERS, MAX_TYPED_NAME, address_of, parse_filters


@dataclass(frozen=True, slots=True)
class SavedChoice:
    """A filter that she kept; `chosen` where the page shows what it finds."""

    saved: SavedFilterView
    chosen: bool


def saved_filters_of(me: MemberView, now: datetime, *, shown: StyleFilter | None = None) -> list[SavedChoice]:
    """Her filters in the order in which she saved them."""
    saved = list_saved_filters(reseller_id=me.id, tier=me.tier, at=now)
    return [SavedChoice(each, each.filters == shown) for each in saved]


@role_required(Role.RESELLER)
@require_GET
def saved_filters(request: ActorRequest) -> HttpResponse:
    """All of them, to be renamed and deleted."""
    me = reseller(request)
    return render_page(
        request,
        "saved_filters.html",
        me,
        saved=saved_filters_of(me, clock.now()),
        max_filters=MAX_SAVED_FILTERS,
        max_name=MAX_FILTER_NAME,
    )


@role_required(Role.RESELLER)
@require_GET
def apply_filter(request: ActorRequest, filter_id: int) -> HttpResponse:
    """The finder with the filter. What it finds has been looked at from now on."""
    row = look_at_filter(actor=request.actor, filter_id=filter_id, now=clock.now())
    return redirect(f"{reverse('shop:styles')}?{address_of(from_json(row.filters), categories())}")


@role_required(Role.RESELLER)
@require_POST
def save(request: ActorRequest) -> HttpResponse:
    """Keep what the finder shows under a name. A refusal goes back there, with the name as it was typed."""
    query, name = request.POST.get("query", ""), request.POST.get("name", "")
    try:
        saved = save_filter(actor=request.actor, name=name, filters=_filter_of(query), now=clock.now())
    except Refusal as refusal:
        flash_refusal(request, refusal)
        typed = urlencode({"name": name}) if 0 < len(name) <= MAX_TYPED_NAME else ""
        return redirect(f"{reverse('shop:styles')}?{'&'.join(filter(None, (query, typed)))}")
    messages.success(request, _("已保存筛选「{name}」").format(name=saved.name))
    return redirect(f"{reverse('shop:styles')}?{query}")


@role_required(Role.RESELLER)
@require_POST
def rename(request: ActorRequest, filter_id: int) -> HttpResponse:
    try:
        saved = rename_filter(actor=request.actor, filter_id=filter_id, name=request.POST.get("name", ""))
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("已改名为「{name}」").format(name=saved.name))
    return redirect("shop:saved_filters")


@role_required(Role.RESELLER)
@require_POST
def delete(request: ActorRequest, filter_id: int) -> HttpResponse:
    try:
        delete_filter(actor=request.actor, filter_id=filter_id)
    except Refusal as refusal:
        flash_refusal(request, refusal)
    else:
        messages.success(request, _("已删除"))
    return redirect("shop:saved_filters")


def _filter_of(query: str) -> StyleFilter:
    """The filter that a query of the finder's address says. Refuses a query that the finder would refuse."""
    asked = QueryDict(query)
    for name, check in FILTER_PARAMETERS.items():
        value = asked.get(name, "")
        if value and check(value):
            raise FilterNotSaveable
    choices = finder.get_choices(at=clock.now())
    return parse_filters(asked, choices=choices, tree=categories()).style_filter
