"""`python -m demo.run_inside FILE …`: run a Python file on the demo's data, whether the demo runs or not."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.environment import variables
from embedded import AlreadyOwned, ServerFailed, Services, default_folder, running, start_all


@contextmanager
def services(folder: Path) -> Iterator[Services]:
    """Those of the run that owns the folder, or started for as long as this lasts."""
    found = running(folder)
    if found:
        yield found
    else:
        with start_all(folder) as started:
            yield started


def main(arguments: list[str]) -> int:
    folder = default_folder()
    try:
        with services(folder) as reachable:
            command = [sys.executable, *arguments]
            return subprocess.run(command, env=variables(reachable, folder), check=False).returncode
    except (AlreadyOwned, ServerFailed, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
