"""Events as they are stored and read (EVENT-1 to EVENT-4, see docs/rules/events.md)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT_FOR = timedelta(days=365)
"""Events older than this are deleted: an inbox is no archive, and the audit log keeps who did what."""
MAX_TEXT = 200
"""Characters of one text among the data of an event."""
PERSONAL_DATA = frozenset({"name", "phone", "address", "recipient"})
"""Names that the data of an event may not have (EVENT-3)."""
MAX_UNREAD_COUNT = 99
"""Unread events are counted up to here; a larger number says no more to anybody."""


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """An event as a channel to the outside reads it: whom it concerns. What it says is in `selectors.sentences_of`."""

    id: int
    transaction_id: int
    kind: str
    subject_kind: str
    subject_id: int
    reseller_id: int | None
    brand_id: int | None
    for_reseller: bool
    for_brand: bool
    for_platform: bool
    for_every_reseller: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class OutboxPosition:
    """Up to where the outbox was read: events of earlier transactions, and of this one up to the event. `database` gave the numbers."""

    transaction_id: int
    event_id: int
    database: str
