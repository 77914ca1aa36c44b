"""The context that every template has."""

from typing import Any

from django.http import HttpRequest

from kernel import clock
from web.query_parameters import unknown_names

PUBLIC_BASE = "base_public.html"
BASES = {"shop": "base_shop.html", "console": "console/desk.html", "portal": "portal/desk.html"}


def base_context(request: HttpRequest) -> dict[str, Any]:
    """`actor` where the page requires one, else None; `server_now` for countdowns that do not rely on the clock of the
    phone; the base template for a refusal; the parameters of the address that the page does not know."""
    actor = getattr(request, "actor", None)
    base_template = BASES.get(request.path.split("/")[1], PUBLIC_BASE) if actor is not None else PUBLIC_BASE
    return {
        "actor": actor,
        "server_now": clock.now(),
        "base_template": base_template,
        "has_own_heading": base_template != PUBLIC_BASE,
        "unknown_parameters": unknown_names(request) if actor is not None else [],
    }
