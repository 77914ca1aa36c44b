"""Run a module as `python -m` does, and end when the process that started this one ends, however it ends.

`python -m rehearsals.until_parent_ends config.server --port 8000`. The parent holds the other end of standard input and writes nothing.
"""

import os
import runpy
import signal
import sys
import threading


def end_with_parent() -> None:
    """From now on this process ends (SIGTERM) when nobody holds the other end of its standard input any more."""
    threading.Thread(target=_wait_for_end, daemon=True).start()


def _wait_for_end() -> None:
    # Not `sys.stdin`: a process that is forked meanwhile closes it, and would wait for its lock.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    module, sys.argv = sys.argv[1], sys.argv[1:]
    end_with_parent()
    runpy.run_module(module, run_name="__main__", alter_sys=True)
