"""Work of the command line in a forked child with limits; the parent speaks only if the child cannot."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

from imports.child import refusal_of_exit
from imports.child_main import confine
from imports.limits import Limits

_POLL_SECONDS = 0.01


def run_confined(work: Callable[[], int], died: Callable[[str, tuple[str, ...]], int], limits: Limits) -> int:
    """The exit status of `work`, or of `died(code, details)` when the child broke a limit or crashed.

    A fork is safe here because the command line has one thread; where there is no fork, `work` runs unconfined.
    """
    if not hasattr(os, "fork"):
        return work()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            # What libraries and an interpreter without memory say for themselves is nothing for people: `died` tells them what happened.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            confine(limits)
            code = work()
            sys.stdout.flush()
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
            return died("time_limit", (f"{limits.seconds:g}",))
        time.sleep(_POLL_SECONDS)
    if os.WIFSIGNALED(state):
        refused = refusal_of_exit(-os.WTERMSIG(state), limits)
        return died(refused.code, refused.details)
    code = os.WEXITSTATUS(state)
    return died("malformed", ()) if code == 70 else code
