"""Appending to the audit trail."""

from datetime import datetime
from typing import Any

from accounts.models import AuditEntry
from accounts.rules import Actor
from kernel import request_id


def record(*, actor: Actor, verb: str, kind: str, subject_id: int, details: dict[str, Any], now: datetime) -> None:
    """Append one audit entry. Called by every verb that a person should be able to account for."""
    AuditEntry.objects.create(
        at=now,
        person_id=actor.person_id,
        role=actor.role.value,
        verb=verb,
        subject_kind=kind,
        subject_id=subject_id,
        details=details,
        request_id=request_id.current(),
    )
