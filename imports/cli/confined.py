"""A command runs in a forked child under limits of memory and time; the parent reports a child that broke one."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import TextIO

from imports.child import refusal_of_exit
from imports.child_main import confine
from imports.cli.files import CommandError, tell
from imports.limits import Limits

_POLL_SECONDS = 0.01
_CRASHED = 70
"""Exit status of a child that ended by an exception (EX_SOFTWARE of sysexits.h)."""


def run_confined(work: Callable[[TextIO], int], on_limit: Callable[[str, tuple[str, ...]], int], limits: Limits) -> int:
    """The exit status of `work`, of its CommandError, or of `on_limit(code, details)` when the child broke a limit or crashed.

    `work` gets the stream for its messages. A fork is safe here because the command line has one thread; where there is
    no fork, `work` runs without limits.
    """
    if not hasattr(os, "fork"):
        return work(sys.stderr)
    child = os.fork()  # nothing has been printed yet, so no buffer is written twice
    if child == 0:
        code = _CRASHED
        try:
            # Libraries and an interpreter without memory print on descriptor 2 what no user can use. It is silenced,
            # and `on_limit` reports the cause.
            messages = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            confine(limits)
            try:
                code = work(messages)
            except CommandError as error:
                tell(str(error), messages)
                code = error.status
        except MemoryError:
            os.kill(os.getpid(), signal.SIGABRT)
        finally:
            os._exit(code)
    deadline = time.monotonic() + limits.seconds + 2
    while True:
        done, state = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return on_limit("time_limit", (f"{limits.seconds:g}",))
        time.sleep(_POLL_SECONDS)
    if os.WIFSIGNALED(state):
        refused = refusal_of_exit(-os.WTERMSIG(state), limits)
        return on_limit(refused.code, refused.details)
    code = os.WEXITSTATUS(state)
    return on_limit("malformed", ()) if code == _CRASHED else code
