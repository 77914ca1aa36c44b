"""What holds of every process that the launchers start."""

import signal
import stat
import sys
from pathlib import Path

from embedded.process import end, spawn


def test_a_log_is_readable_by_its_owner_only_even_one_that_was_not(tmp_path: Path) -> None:
    fresh, older = tmp_path / "fresh.log", tmp_path / "older.log"
    older.touch(mode=0o644)
    for log in (fresh, older):
        process = spawn([sys.executable, "-c", "print('told')"], log=log)
        assert process.wait(30) == 0
        end(process, signal.SIGTERM)
        assert (log.read_text(), stat.S_IMODE(log.stat().st_mode)) == ("told\n", 0o600)
