"""The integrity check: the last run with the rows that it named, and a button that starts another one."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest, role_required
from console.pages.base_views import BOTH, render_page, sentence
from integrity import services
from integrity.selectors.checks import INVARIANTS
from integrity.selectors.runs import IntegrityRunView, get_last_run, get_open_run
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from kernel.refusal import Refusal


@role_required(*BOTH)
def integrity(request: ActorRequest) -> HttpResponse:
    """The last run and, while one is open, since when; a posted form requests a run. htmx polls the part that changes."""
    if request.method == "POST":
        _request_run(request)
        return redirect("console:integrity")
    last = get_last_run()
    context: dict[str, Any] = {
        "last": last,
        "open_run": get_open_run(clock.now()),
        "invariants": list(INVARIANTS),
        "violations": _by_invariant(last),
    }
    template = "parts/integrity_status.html" if request.headers.get("HX-Request") else "integrity.html"
    return render_page(request, template, **context)


def _request_run(request: ActorRequest) -> None:
    """Request a run over everything. A worker does it, since it may take minutes."""
    try:
        services.request_run(actor=request.actor, now=clock.now())
    except Refusal as refusal:
        messages.error(request, sentence(request, refusal))
    else:
        enqueue_on_commit("integrity.tasks.run_requested")
        messages.success(request, _("核对已开始"))


def _by_invariant(run: IntegrityRunView | None) -> dict[int, list[Any]]:
    """The named rows of a run by the number of the invariant that they break."""
    if run is None:
        return {}
    ordered = sorted(run.violations, key=lambda each: (each.invariant, each.table, each.row_id))
    return {number: list(rows) for number, rows in groupby(ordered, key=lambda each: each.invariant)}
