"""Calls that start at the same instant, each in a thread with its own database connection."""

import threading
from collections.abc import Callable, Sequence

from django.db import connection, transaction

from kernel.refusal import Refusal

THREADS = 12


def run_concurrently(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Run every call in a thread of its own, all starting together, and return what each returned or refused."""
    starting_line = threading.Barrier(len(acts))
    answers: list[object] = [None] * len(acts)

    def run(index: int) -> None:
        try:
            starting_line.wait(timeout=20)
            answers[index] = acts[index]()
        except Refusal as refused:
            answers[index] = refused
        except Exception as error:  # noqa: BLE001 - what went wrong in a thread is what the test must show
            answers[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    unexpected = [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Refusal)]
    assert not unexpected, unexpected
    return answers


def while_uncommitted(first: Callable[[], object], second: Callable[[], object]) -> object:
    """What `second` gives that begins while `first` has written and not committed."""
    written, answers = threading.Event(), []

    def run_second() -> None:
        written.wait(20)
        try:
            answers.append(second())
        except Refusal as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    thread = threading.Thread(target=run_second)
    thread.start()
    with transaction.atomic():
        first()
        written.set()
        thread.join(2)
    thread.join(60)
    return answers[0]
