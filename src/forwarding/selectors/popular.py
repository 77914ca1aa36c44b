"""What many resellers forward now. Counts only: nobody learns who forwarded what."""

from datetime import datetime

from forwarding.sql.popular import find_popular_places

LAST_FORWARDS = 5000
"""So many of the last forwards are looked at: reading costs the same however many there have been."""
MIN_RESELLERS = 2


def list_popular_places(*, since: datetime, limit: int) -> list[tuple[int, int]]:
    """Sale and style of what most resellers have forwarded since an instant, at least MIN_RESELLERS of them; the most forwarded first."""
    rows = find_popular_places(since=since, last=LAST_FORWARDS, least=MIN_RESELLERS, limit=limit)
    return [(row.sale_id, row.style_id) for row in rows]
