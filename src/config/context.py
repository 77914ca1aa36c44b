"""What every template may use."""

from typing import Any

from django.http import HttpRequest

from kernel import clock
from web.query_parameters import unknown_names

DOOR = "base_door.html"
FRAMES = {"shop": "base_shop.html", "console": "console/desk.html", "portal": "portal/desk.html"}


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """`actor` behind a gate, else None; `server_now` for countdowns that do not trust the phone's clock; the
    frame in which a refusal stands; parameters of the address that the page does not know."""
    actor = getattr(request, "actor", None)
    frame = FRAMES.get(request.path.split("/")[1], DOOR) if actor is not None else DOOR
    return {
        "actor": actor,
        "server_now": clock.now(),
        "frame_of_page": frame,
        "has_own_heading": frame != DOOR,
        "unknown_parameters": unknown_names(request) if actor is not None else [],
    }
