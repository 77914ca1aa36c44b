"""Events of what became of somebody's one-time codes (NOTICE-12): accounts know no events, so their audit log is read."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from accounts.selectors import (
    RENEW_RECOVERY_CODES,
    REPLACE_DEVICE,
    RESET_CODES,
    CodeChange,
    list_code_changes,
)
from events.rules.kinds import EventKind
from events.services import EventDraft, publish_once

LOOKS_BACK = timedelta(days=2)
"""For so long no worker may have run."""
_KINDS: Mapping[str, EventKind] = {
    RESET_CODES: EventKind.CODES_RESET,
    RENEW_RECOVERY_CODES: EventKind.RECOVERY_CODES_RENEWED,
    REPLACE_DEVICE: EventKind.CODE_DEVICE_REPLACED,
}


@transaction.atomic
def tell_of_code_changes(*, now: datetime) -> int:
    """Publish what was not told yet, with the instant at which it happened; returns how many."""
    return sum(publish_once([_draft(each)], now=each.at) for each in list_code_changes(since=now - LOOKS_BACK))


def _draft(change: CodeChange) -> EventDraft:
    data: dict[str, str | int | bool | None] = {
        "person_id": change.person_id,
        "whose": change.whose,
        "by": change.by,
        "asked_by": change.asked_by,
        "reason": change.reason,
    }
    return EventDraft(_KINDS[change.action], change.id, data=data)
