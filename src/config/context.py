"""What every template may use."""

from typing import Any

from django.http import HttpRequest

from kernel import clock


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """`actor` behind a gate, else None; `server_now` for countdowns that do not trust the phone's clock."""
    return {"actor": getattr(request, "actor", None), "server_now": clock.now()}
