"""What all pages of the shop share: who she is, and how a refusal is told without losing the page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from accounts.permissions import ActorRequest
from kernel import clock
from kernel.refusal import Refusal
from membership.selectors.people import MemberView, require_member
from orders.selectors.cart import count_unpaid_orders
from web.query_parameters import parse_number


def reseller(request: ActorRequest) -> MemberView:
    return require_member(request.actor, clock.now())


def render_page(request: ActorRequest, template: str, me: MemberView, **context: Any) -> HttpResponse:
    unpaid_orders = count_unpaid_orders(me.id, at=clock.now())
    return render(request, f"shop/{template}", {"me": me, "unpaid_orders": unpaid_orders, **context})


def flash_refusal(request: ActorRequest, refusal: Refusal) -> None:
    """Say a refusal on the page that is shown next."""
    messages.error(request, refusal.sentence(request.LANGUAGE_CODE))


def parse_int(text: str) -> int:
    """A whole number that a form sent, 0 for anything else: no row has it, so the service refuses it."""
    return parse_number(text) or 0
