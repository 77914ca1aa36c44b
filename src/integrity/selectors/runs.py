"""The recorded runs of the checks."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from db.rows import view_of
from integrity.models import IntegrityRun
from kernel.integrity import Violation

LEASE = timedelta(hours=2)
"""How long an open run blocks others: from its claim by a worker or, while it waits, from its request. A run over 1M SKUs and 6M prices
takes 199 s; after two hours its worker is taken for dead."""


@dataclass(frozen=True, slots=True)
class IntegrityRunView:
    """A run of the checks. `violations` are the first rows that break an invariant, `violation_count` counts all that were found."""

    id: int
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    everything: bool
    violation_count: int
    violations: list[Violation]
    seconds: float | None


def get_last_run() -> IntegrityRunView | None:
    """The run that finished last."""
    row = IntegrityRun.objects.filter(finished_at__isnull=False).order_by("-finished_at", "-pk").first()
    return None if row is None else run_view(row)


def get_open_run(at: datetime) -> IntegrityRunView | None:
    """The run that waits or is running; one whose lease has expired is not counted."""
    row = IntegrityRun.objects.filter(finished_at=None).exclude(lease_expired(at)).first()
    return None if row is None else run_view(row)


def lease_expired(at: datetime) -> Q:
    """Of an open run: its lease counts from when a worker claimed it, or from the request while none has."""
    return Q(started_at__lte=at - LEASE) | Q(started_at=None, requested_at__lte=at - LEASE)


def get_last_clean_run() -> IntegrityRun | None:
    """The last finished run without violations: its watermark is where a run over changes begins."""
    return IntegrityRun.objects.filter(finished_at__isnull=False, violation_count=0).order_by("-pk").first()


def run_view(row: IntegrityRun) -> IntegrityRunView:
    return view_of(IntegrityRunView, row, violations=[Violation(**each) for each in row.violations])


def violation_json(violation: Violation) -> Mapping[str, Any]:
    return asdict(violation)
