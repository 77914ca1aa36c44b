"""Work on uploaded files by workers that may die: claimed under a lease, written only by the worker that holds the fencing token.

An app that reads uploads has a table of uploads with a `state` and a table of jobs that extends `ReadingJob`, one row per upload under
the same id. A message only tells a worker to look; where it was lost, a periodic sweep finds the row by `ReadingQueue.claimable`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from django.db import models, transaction
from django.db.models import F, Q, QuerySet

Clock = Callable[[], datetime]
LEASE = timedelta(seconds=60)
"""How long a worker may be silent before another takes its upload over."""
MAX_ATTEMPTS = 3
"""A file that killed its reader this often is refused."""
HEARTBEAT = timedelta(seconds=1)
LIMIT_REASONS = ("time_limit", "memory_limit", "reader_died")
"""Why a file was refused that would break its reader again."""
_MAX_CLAIMABLE = 100


class ReadingProgress(Protocol):
    """How far a reader is, as `imports.report.Progress` tells it."""

    @property
    def stage(self) -> str: ...
    @property
    def lines(self) -> int: ...
    @property
    def done(self) -> int: ...
    @property
    def faults(self) -> int: ...
    @property
    def seconds_left(self) -> float | None: ...


class ReadingJob(models.Model):
    """The reading of one upload. Its key is `upload_id`. Of two workers the one with the present fencing token writes."""

    fencing_token = models.PositiveIntegerField(default=0, help_text="how often a worker has taken the upload")
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="how often reading was begun that could have ended"
    )
    lease_until = models.DateTimeField(null=True, help_text="until then a worker has it")
    stage = models.CharField(max_length=20, blank=True)
    lines = models.PositiveIntegerField(default=0)
    lines_done = models.PositiveIntegerField(default=0)
    faults_found = models.PositiveIntegerField(default=0)
    seconds_left = models.PositiveIntegerField(null=True)

    class Meta:
        abstract = True


Job = TypeVar("Job", bound=ReadingJob)


class ReadingQueue(Generic[Job]):
    """The uploads of one kind that wait for a worker. `waiting` are their states, `reading` that of one which a worker has."""

    def __init__(self, *, uploads: type[models.Model], jobs: type[Job], waiting: Sequence[str], reading: str) -> None:
        self._uploads, self._jobs = uploads._default_manager, jobs._default_manager
        self._waiting, self._reading = list(waiting), reading

    def waiting_uploads(self) -> QuerySet[Any]:
        """Uploads that are not read to the end, whether or not a worker has them."""
        return self._uploads.filter(state__in=self._waiting)

    def claimable(self, *, now: datetime) -> list[int]:
        """Uploads to read that no living worker holds, the first of them."""
        rows = self._jobs.filter(_lease_is_free(now), upload__state__in=self._waiting).order_by("upload_id")
        return list(rows.values_list("upload_id", flat=True)[:_MAX_CLAIMABLE])

    def claim(self, upload_id: int, *, now: datetime) -> Job | None:
        """Take an upload under a lease and a new fencing token; None where another worker has it or it does not wait.

        Of two workers the second waits for the row of the job and then finds its lease taken. Each query looks at one table: PostgreSQL
        evaluates only the locked row's own conditions anew after it has waited.
        """
        jobs = self._jobs.filter(pk=upload_id)
        with transaction.atomic():
            if not jobs.filter(_lease_is_free(now)).select_for_update().values_list("pk"):
                return None
            waiting = self._uploads.filter(pk=upload_id, state__in=self._waiting)
            if not waiting.update(state=self._reading):
                return None
            jobs.update(
                fencing_token=F("fencing_token") + 1,
                attempts=F("attempts") + 1,
                lease_until=now + LEASE,
                stage="opening",
                lines=0,
                lines_done=0,
                faults_found=0,
                seconds_left=None,
            )
            return jobs.select_related("upload").get()

    def refused_before(self, sha256: str) -> tuple[str, str, str] | None:
        """Why the same bytes were refused before, where they broke a limit of their reader: code and sentences in Chinese and English."""
        refused = self._uploads.filter(sha256=sha256, state="refused", reason__in=LIMIT_REASONS).order_by("-id")
        return refused.values_list("reason", "reason_zh", "reason_en").first()

    def held(self, job: Job) -> QuerySet[Job]:
        """The row of the job as long as no other worker has taken it."""
        return self._jobs.filter(pk=job.pk, fencing_token=job.fencing_token)

    @contextmanager
    def holding(self, job: Job) -> Iterator[bool]:
        """A transaction in which nobody else takes or cancels the upload; False where somebody did before.

        The job's row is locked before the upload's, as in `claim`.
        """
        with transaction.atomic():
            is_mine = self.held(job).select_for_update().values_list("pk").first() is not None
            reading = self._uploads.filter(pk=job.pk, state=self._reading)
            yield is_mine and reading.select_for_update().values_list("pk").first() is not None

    def finish(self, job: Job, **result: Any) -> None:
        """Write the result on the upload and give the lease back; within `holding`."""
        self._uploads.filter(pk=job.pk).update(**result)
        self._jobs.filter(pk=job.pk).update(lease_until=None, stage="")

    def give_back_attempt(self, job: Job, *, now: datetime) -> None:
        """Let the job wait for its lease to end without counting the attempt: what failed says nothing about the file."""
        self.held(job).update(attempts=F("attempts") - 1, lease_until=now + LEASE)

    def extend(self, job: Job, *, stage: str, until: datetime) -> None:
        """Hold the lease for a step that cannot renew it, such as one transaction."""
        self.held(job).update(stage=stage, seconds_left=None, lease_until=until)

    def make_waiting(self, upload_id: int, *, state: str) -> None:
        """Let a worker read the upload anew; the caller holds its row. `state` is one of those that wait."""
        self._uploads.filter(pk=upload_id).update(state=state)
        self._jobs.filter(pk=upload_id).update(lease_until=None, attempts=0)

    def heartbeat(self, job: Job, clock: Clock) -> Callable[[ReadingProgress], None]:
        """A function that writes progress and renews the lease, at most once per HEARTBEAT."""
        last_at: datetime | None = None

        def write(progress: ReadingProgress) -> None:
            nonlocal last_at
            now = clock()
            if last_at is not None and now - last_at < HEARTBEAT:
                return
            last_at = now
            left = progress.seconds_left
            self.held(job).update(
                lease_until=now + LEASE,
                stage=progress.stage,
                lines=progress.lines,
                lines_done=progress.done,
                faults_found=progress.faults,
                seconds_left=None if left is None else max(0, round(left)),
            )

        return write


def _lease_is_free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)
