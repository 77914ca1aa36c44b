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
    is given up, and refused as `too_late`.
    """

    endpoint: Callable[..., Any]
    outcome: Future[Any]
    view_of: Callable[[Any], Any]
    needs_thread: Callable[[Any], bool]
    wait_seconds: float
    too_late: type[Refusal]

    def view(self) -> Any:
        """The view for an outcome that is there. Raises what the outcome is refused with, and `too_late` where there is none."""
        if not self.outcome.done():
            self.outcome.cancel()
            raise self.too_late
        return self.view_of(self.outcome.result())


class LaterResponse(HttpResponse):
    """Stands for an answer until `finish` gives it, once `later.outcome` is there or was waited for long enough."""

    def __init__(self, later: AnswerLater, respond: Callable[[], HttpResponse]) -> None:
        super().__init__()
        self.later = later
        self._respond = respond
        self._request_id = request_id.current()
        self.note_answer: Callable[[int], None] = _nothing
        """Called with the status of the answer; middleware that logs answers sets it."""

    def needs_thread(self) -> bool:
        """Whether `finish` must not run on an event loop. The outcome is there, or given up."""
        outcome = self.later.outcome
        is_known = outcome.done() and not outcome.cancelled() and outcome.exception() is None
        return is_known and self.later.needs_thread(outcome.result())

    def finish(self) -> HttpResponse:
        """The answer, with the headers that middleware gave to this one."""
        with request_id.use_request_id(self._request_id):
            answer = self._respond()
            for name, value in self.headers.items():
                if name not in ("Content-Length", "Content-Type"):
                    answer.headers.setdefault(name, value)
            answer.cookies.update(self.cookies)
            self.note_answer(answer.status_code)
        return answer


def _nothing(status: int) -> None:
    pass
