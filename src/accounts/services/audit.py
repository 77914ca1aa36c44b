"""Appending to the audit log."""

from datetime import datetime
from typing import Any

from accounts.models import AuditEntry
from accounts.rules import Actor
from kernel import request_id

MAX_TEXT = 1000
"""Characters of one text among the details of an entry."""


def _bounded(value: Any) -> Any:
    """Details with long texts cut: an entry is never deleted, so what a person types must not make it large."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else f"{value[: MAX_TEXT - 1]}…"
    if isinstance(value, dict):
        return {key: _bounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_bounded(each) for each in value]
    return value


def record(*, actor: Actor, action: str, kind: str, subject_id: int, details: dict[str, Any], now: datetime) -> None:
    """Append one entry to the audit log. Every service that changes something on behalf of somebody calls it."""
    AuditEntry.objects.create(
        at=now,
        person_id=actor.person_id,
        role=actor.role.value,
        action=action,
        subject_kind=kind,
        subject_id=subject_id,
        details=_bounded(details),
        request_id=request_id.current(),
    )
