"""Appending to the audit log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts import sql
from accounts.rules import Actor
from db.together import Write, run_together
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
    record_all(actor=actor, action=action, kind=kind, details={subject_id: details}, now=now)


def record_all(*, actor: Actor, action: str, kind: str, details: Mapping[int, dict[str, Any]], now: datetime) -> None:
    """Append an entry for each subject of one action, in one statement. `details` by the id of the subject."""
    if details:
        run_together([audit_write(actor=actor, action=action, kind=kind, details=details, now=now)])


def audit_write(*, actor: Actor, action: str, kind: str, details: Mapping[int, dict[str, Any]], now: datetime) -> Write:
    """What `record_all` writes, for a service that runs its writes together."""
    return sql.audit_entries_write(
        person_id=actor.person_id,
        role=actor.role.value,
        action=action,
        subject_kind=kind,
        request_id=request_id.current(),
        details={subject_id: _bounded(of_subject) for subject_id, of_subject in details.items()},
        now=now,
    )
