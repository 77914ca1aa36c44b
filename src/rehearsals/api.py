"""Rehearsals of scheduled sales, for programs of ops (REHEARSAL-1)."""

from pydantic import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from rehearsals.rules import MAX_BUYERS, MAX_SECONDS, MAX_WEB_PROCESSES, Curve
from rehearsals.selectors import RehearsalView, get_rehearsal, list_rehearsals
from rehearsals.services import requests
from web.responses import ViewRouter
from web.schemas import Input, Whole

router = ViewRouter(tags=["rehearsals"])
ops = RoleAuth(Role.OPS)


class RehearsalIn(Input):
    buyers: Whole = Field(description=f"simulated buyers, at most {MAX_BUYERS}")
    seconds: Whole = Field(description=f"over which they arrive, at most {MAX_SECONDS}")
    curve: Curve = Field(
        Curve.RUSH,
        description="`at_once`: all in the first second; `rush`: half in the first tenth; `even`: as many each second",
    )
    web_processes: Whole = Field(2, description=f"that serve them, at most {MAX_WEB_PROCESSES}")


@router.post("/sales/{int:sale_id}/rehearsals", response=201, auth=ops)
def request_rehearsal(request: ActorRequest, sale_id: int, body: RehearsalIn) -> RehearsalView:
    """Ask for a rehearsal of a scheduled sale. A worker runs it; `GET /rehearsals/{rehearsal_id}` tells how far it is.

    Refused: `rehearsals.sale_is_live` (a sale is live or opens within 15 minutes), `rehearsals.in_progress`,
    `rehearsals.sale_not_scheduled`, `rehearsals.bad_size`.
    """
    view = requests.request_rehearsal(actor=request.auth, sale_id=sale_id, now=clock.now(), **body.dict())
    enqueue_on_commit("rehearsals.tasks.run_rehearsal", view.id)
    return view


@router.get("/sales/{int:sale_id}/rehearsals", auth=ops)
def get_rehearsals(request: ActorRequest, sale_id: int) -> list[RehearsalView]:
    """The latest rehearsals of a sale, the newest first."""
    return list_rehearsals(sale_id)


@router.get("/rehearsals/{int:rehearsal_id}", auth=ops)
def read_rehearsal(request: ActorRequest, rehearsal_id: int) -> RehearsalView:
    """A rehearsal with its seconds until now and, at its end, its result."""
    return get_rehearsal(rehearsal_id)


@router.post("/rehearsals/{int:rehearsal_id}/cancel", auth=ops)
def cancel_rehearsal(request: ActorRequest, rehearsal_id: int) -> RehearsalView:
    """Cancel a rehearsal that has not ended; a repetition changes nothing."""
    return requests.cancel_rehearsal(actor=request.auth, rehearsal_id=rehearsal_id, now=clock.now())
