"""Answers that come later: the thread of a request goes on with the next one, and the server sends the answer once its outcome is there.

Where `can_answer_later` says that the server waits for outcomes without a thread, an endpoint of the API raises `AnswerLater` and a page
returns `page_later(…)`. Both become a `LaterResponse`, which passes through the middleware as any answer does; the server keeps the
headers that it gets there.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import get_language

from kernel import request_id
from kernel.refusal import Refusal

MARK = "weicang.answers_later"
"""In the environment of a request: the server waits for outcomes."""


def can_answer_later(request: HttpRequest) -> bool:
    return bool(request.META.get(MARK))


@dataclass(frozen=True)
class Later:
    """An outcome that is waited for, and how a view is made of it.

    `needs_thread` says whether `view_of` reads or writes the database for this outcome. An outcome that is not there after `wait_seconds`
    is given up, and refused as `too_late` says.
    """

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


@dataclass(eq=False)
class AnswerLater(Exception):
    """What `endpoint` of the API waits for."""

    endpoint: Callable[..., Any]
    later: Later


class LaterResponse(HttpResponse):
    """Stands for an answer until `finish` gives it. `respond` makes it, told whether the outcome came in time."""

    def __init__(self, later: Later, respond: Callable[[bool], HttpResponse]) -> None:
        super().__init__()
        self.later = later
        self._respond = respond
        self._is_in_time = False
        self._request_id = request_id.current()
        self.note_answer: Callable[[int], None] = _nothing
        """Called with the status of the answer; middleware that logs answers sets it."""
        self.answer_error: Callable[[Exception], HttpResponse] = _raise
        """Makes an answer of an exception; middleware that answers those of views sets it."""

    def stop_waiting(self) -> bool:
        """Decide whether the outcome came in time, and give it up where not. Whether `finish` must not run on an event loop."""
        outcome = self.later.outcome
        self._is_in_time = outcome.done()
        if not self._is_in_time:
            outcome.cancel()
            return False
        return outcome.exception() is not None or self.later.needs_thread(outcome.result())

    def finish(self) -> HttpResponse:
        """The answer, with the headers that middleware gave to this one."""
        with request_id.use_request_id(self._request_id):
            try:
                answer = self._respond(self._is_in_time)
            except Exception as error:  # noqa: BLE001 - whatever it is, middleware answers as to one of a view
                answer = self.answer_error(error)
            for name, value in self.headers.items():
                if name not in ("Content-Length", "Content-Type"):
                    answer.headers.setdefault(name, value)
            answer.cookies.update(self.cookies)
            self.note_answer(answer.status_code)
        return answer


def page_later(request: HttpRequest, later: Later, answer: Callable[[Any], HttpResponse]) -> HttpResponse:
    """The answer of a page that waits for an outcome. `answer` is given the view or the refusal.

    It may add messages, and may read the database only for outcomes that `later.needs_thread` names.
    """
    language = get_language() or settings.LANGUAGE_CODE

    def respond(is_in_time: bool) -> HttpResponse:
        # The middleware has ended: nobody else sets the language here, or sends the messages.
        with translation.override(language):
            try:
                outcome = later.view(is_in_time=is_in_time)
            except Refusal as refusal:
                outcome = refusal
            response = answer(outcome)
        storage = get_messages(request)
        if isinstance(storage, BaseStorage):
            storage.update(response)
        return response

    return LaterResponse(later, respond)


def _nothing(status: int) -> None:
    pass


def _raise(error: Exception) -> HttpResponse:
    raise error
