"""Grabs of one web process that arrive together are committed together (ORDER-17).

Requests put their grabs on a bounded queue and wait, with a thread or without one (`web.later`). One writer with a connection of its own
takes what has arrived, up to `max_batch`, places it in one transaction, and hands out the outcomes after the commit. While a transaction
is written the next grabs arrive, so batches grow with the load, and a single grab waits for nobody. Several processes have a queue each;
PostgreSQL orders them.
"""

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, Full, Queue

from django.db import OperationalError, connection
from prometheus_client import Counter

from db.transactions import is_aborted
from kernel.refusal import Busy
from orders.services.batches import GrabRequest, NotDecided, Outcome, place_batch

log = logging.getLogger("weicang.grabs")

GRABS = Counter(
    "weicang_grabs", "Grabs by what their reseller was told: placed, or the code of the refusal.", ["outcome"]
)
IDLE_SECONDS = 5
"""After so long without a grab the writer gives its connection back."""


class TooManyGrabs(Busy):
    code = "orders.too_many_grabs"
    zh = "抢购人数太多，排队已满，没有下单；请稍等再抢"
    en = "Too many grab at once and the queue is full; nothing was ordered, try again in a moment"


class GrabNotAnswered(Busy):
    """Its outcome is unknown: the same key asks for it again."""

    code = "orders.grab_not_answered"
    zh = "系统忙，还不知道有没有抢到；请再试一次，不会重复下单"
    en = "The service is busy and the outcome of the grab is not known; try again, it will not be ordered twice"


def not_answered() -> GrabNotAnswered:
    """The refusal of a grab whose outcome did not come in time; it is counted."""
    GRABS.labels(GrabNotAnswered.code).inc()
    return GrabNotAnswered()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A grab on the queue. A future that was cancelled before the writer took it is not placed."""

    request: GrabRequest
    outcome: Future[Outcome]


class GrabQueue:
    """The queue of a process and its writer, which starts with the first grab."""

    def __init__(self, *, max_batch: int, max_waiting: int, wait_seconds: float) -> None:
        self._waiting: Queue[_Waiting | None] = Queue(max_waiting)
        self._max_batch, self._wait_seconds = max_batch, wait_seconds
        self._starting = threading.Lock()
        self._writer: threading.Thread | None = None

    def submit(self, request: GrabRequest) -> Future[Outcome]:
        """Put a grab on the queue. Refuses where it is full; whoever gives up cancels the future."""
        waiting = _Waiting(request, Future())
        try:
            self._waiting.put_nowait(waiting)
        except Full:
            GRABS.labels(TooManyGrabs.code).inc()
            raise TooManyGrabs from None
        self._require_writer()
        return waiting.outcome

    def place(self, request: GrabRequest) -> Outcome:
        """Wait for the outcome of a grab. Refuses at once where the queue is full, and where no outcome comes within `wait_seconds`."""
        outcome = self.submit(request)
        try:
            return outcome.result(self._wait_seconds)
        except TimeoutError:
            outcome.cancel()
            raise not_answered() from None

    def _require_writer(self) -> None:
        if self._writer is not None and self._writer.is_alive():
            return
        with self._starting:
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._write_until_closed, name="grabs", daemon=True)
                self._writer.start()

    def close(self) -> None:
        """End the writer once it has placed what waits; for tests, a process that ends needs none."""
        if self._writer is not None:
            self._waiting.put(None)
            self._writer.join()

    def _write_until_closed(self) -> None:
        is_open = True
        while is_open:
            taken = self._take()
            is_open = None not in taken
            batch = [each for each in taken if each is not None and each.outcome.set_running_or_notify_cancel()]
            if batch:
                self._write(batch)
        connection.close()

    def _take(self) -> list[_Waiting | None]:
        """The grabs that have arrived, at least one; None stands for the end."""
        taken = [self._first()]
        while len(taken) < self._max_batch and taken[-1] is not None:
            try:
                taken.append(self._waiting.get_nowait())
            except Empty:
                break
        return taken

    def _first(self) -> _Waiting | None:
        try:
            return self._waiting.get(timeout=IDLE_SECONDS)
        except Empty:
            connection.close()
            return self._waiting.get()

    def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            outcomes = place_batch([each.request for each in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, each waiting thread must get an outcome
            connection.close()  # It may be broken; the next use opens another.
            self._answer_failed(batch, error)
            return
        for each, outcome in zip(batch, outcomes, strict=True):
            each.outcome.set_result(outcome)

    def _answer_failed(self, batch: Sequence[_Waiting], error: Exception) -> None:
        """After a failed batch, of which nothing stands: a bad grab harms no other, and what is slow holds up nobody else."""
        if len(batch) > 1:
            log.warning("a batch of grabs failed", extra={"grabs": len(batch), "error": repr(error)})
        if isinstance(error, OperationalError) and (len(batch) > 1 or is_aborted(error)):
            # A lock, or a database that is away: the waiting threads place their own, beside each other.
            for each in batch:
                each.outcome.set_result(NotDecided(each.request.actor))
        elif len(batch) > 1:
            for each in batch:
                self._write([each])
        else:
            batch[0].outcome.set_exception(error)
