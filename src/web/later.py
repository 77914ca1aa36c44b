"""Answers that come later: the thread of a request goes on with the next one, and the server sends the answer once its outcome is there.

An endpoint raises `AnswerLater` where `can_answer_later` says that the server waits for outcomes without a thread. The API turns it into a
`LaterResponse`, which passes through the middleware as any answer does; the server keeps the headers that it gets there.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from kernel import request_id
from kernel.refusal import Refusal

MARK = "weicang.answers_later"
"""In the environment of a request: the server waits for outcomes."""


def can_answer_later(request: HttpRequest) -> bool:
    return bool(request.META.get(MARK))


@dataclass(eq=False)
class AnswerLater(Exception):
    """What `endpoint` waits for, and how the view that it returns is made of it.

    `needs_thread` says whether `view_of` reads or writes the database for this outcome. An outcome that is not there after `wait_seconds`
    is given up, and refused as `too_late` says.
    """

    endpoint: Callable[..., Any]
    outcome: Future[Any]
    view_of: Callable[[Any], Any]
    needs_thread: Callable[[Any], bool]
    wait_seconds: float
    too_late: Callable[[], Refusal]

    def view(self, *, is_in_time: bool) -> Any:
        """The view for an outcome that is there. Raises what the outcome is refused with, and `too_late` where it did not come in time."""
        if not is_in_time:
            raise self.too_late()
        return self.view_of(self.outcome.result())


class LaterResponse(HttpResponse):
    """Stands for an answer until `finish` gives it. `respond` makes it, told whether the outcome came in time."""

    def __init__(self, later: AnswerLater, respond: Callable[[bool], HttpResponse]) -> None:
        super().__init__()
        self.later = later
        self._respond = respond
        self._is_in_time = False
        self._request_id = request_id.current()
        self.note_answer: Callable[[int], None] = _nothing
        """Called with the status of the answer; middleware that logs answers sets it."""

    def stop_waiting(self) -> bool:
        """Decide whether the outcome came in time, and give it up where not. Whether `finish` must not run on an event loop."""
        outcome = self.later.outcome
        self._is_in_time = outcome.done()
        if not self._is_in_time:
            outcome.cancel()
            return False
        return outcome.exception() is None and self.later.needs_thread(outcome.result())

    def finish(self) -> HttpResponse:
        """The answer, with the headers that middleware gave to this one."""
        with request_id.use_request_id(self._request_id):
            answer = self._respond(self._is_in_time)
            for name, value in self.headers.items():
                if name not in ("Content-Length", "Content-Type"):
                    answer.headers.setdefault(name, value)
            answer.cookies.update(self.cookies)
            self.note_answer(answer.status_code)
        return answer


def _nothing(status: int) -> None:
    pass
