"""The reconciliation lists that wait for a worker, and where their files lie."""

from datetime import timedelta

from jobs.leases import ReadingQueue
from settlement.models import StatementComparison, StatementComparisonJob
from settlement.rules.comparison import ComparisonState

LISTS = "reconciliation-lists"
"""The folder of the store in which the lists lie, by the hash of their bytes."""
KEEP_LISTS = timedelta(days=30)
"""How long a list is kept: its marked copy can be downloaded until then."""
QUEUE = ReadingQueue(
    uploads=StatementComparison,
    jobs=StatementComparisonJob,
    waiting=(ComparisonState.RECEIVED.value, ComparisonState.READING.value),
    reading=ComparisonState.READING.value,
)
