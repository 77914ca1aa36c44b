"""Reading rehearsals."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.refusal import Missing
from rehearsals.models import Rehearsal
from rehearsals.rules import OPEN_STATES, Curve, RehearsalState, Second

MAX_LISTED = 20


class NoSuchRehearsal(Missing):
    code = "rehearsals.no_such_rehearsal"
    zh = "没有演练 {rehearsal_id}"
    en = "There is no rehearsal {rehearsal_id}"
    rehearsal_id: int


@dataclass(frozen=True, slots=True)
class RehearsalView:
    """A rehearsal. `progress` holds the seconds until now; `result` is what `services.running` measured, null before the end."""

    id: int
    sale_id: int
    state: RehearsalState
    buyers: int
    seconds: int
    curve: Curve
    web_processes: int
    seed: int
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    step: str
    progress: list[Second]
    result: dict[str, Any] | None
    failure: str
    failure_detail: str

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


def get_rehearsal(rehearsal_id: int) -> RehearsalView:
    row = Rehearsal.objects.filter(pk=rehearsal_id).first()
    if row is None:
        raise NoSuchRehearsal(rehearsal_id=rehearsal_id)
    return rehearsal_view(row)


def list_rehearsals(sale_id: int) -> list[RehearsalView]:
    """The latest rehearsals of a sale, the newest first."""
    rows = Rehearsal.objects.filter(sale_id=sale_id).order_by("-pk")[:MAX_LISTED]
    return [rehearsal_view(row) for row in rows]


def rehearsal_view(row: Rehearsal) -> RehearsalView:
    told = row.result["seconds"] if row.result else row.progress
    return RehearsalView(
        id=row.pk,
        sale_id=row.sale_id,
        state=RehearsalState(row.state),
        buyers=row.buyers,
        seconds=row.seconds,
        curve=Curve(row.curve),
        web_processes=row.web_processes,
        seed=row.seed,
        requested_at=row.requested_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        step=row.step,
        progress=[Second(**each) for each in told],
        result=row.result,
        failure=row.failure,
        failure_detail=row.failure_detail,
    )
