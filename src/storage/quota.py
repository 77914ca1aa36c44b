"""What one owner of uploads may send in a day: so many files and bytes from midnight to midnight in Shanghai."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Sum

from kernel.period import SHANGHAI


@dataclass(frozen=True, slots=True)
class Used:
    """What was uploaded today, whatever became of it."""

    files: int
    bytes: int

    @property
    def left_bytes(self) -> int:
        """How many bytes the next file may have; 0 where there may be none."""
        if self.files >= settings.MAX_UPLOADS_PER_DAY:
            return 0
        return max(0, settings.MAX_UPLOAD_BYTES_PER_DAY - self.bytes)


def used_today(uploads: QuerySet[Any], now: datetime) -> Used:
    """What of these uploads (`received_at`, `size_bytes`) came since midnight in Shanghai."""
    totals = uploads.filter(received_at__gte=_midnight(now)).aggregate(
        files=Count("pk"), bytes=Sum("size_bytes", default=0)
    )
    return Used(totals["files"], int(totals["bytes"]))


def next_day(now: datetime) -> datetime:
    """When uploads are counted from 0 again."""
    return _midnight(now) + timedelta(days=1)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
