"""What waits for a reseller now: the counts of the tab bar and of what is to be done today (FORWARD-23)."""

from datetime import datetime

from forwarding.rules.tasks import CheaperStyle, TaskCounts
from forwarding.sql import tasks as statements


def get_task_counts(reseller_id: int, *, at: datetime) -> TaskCounts:
    """All counts in one statement, whatever she has."""
    return statements.count_tasks(reseller_id=reseller_id, at=at)


def list_cheaper_styles(reseller_id: int, *, tier_before: int, tier_after: int, at: datetime) -> list[CheaperStyle]:
    """What a reached tier makes cheaper of the styles that she has priced (FORWARD-25)."""
    return statements.find_cheaper_styles(
        reseller_id=reseller_id, tier_before=tier_before, tier_after=tier_after, at=at
    )
