"""An installation of its own for each file of tests in this folder."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.installation import Installation, Seed, running
from tests.template import wait_for_template


@pytest.fixture(scope="module")
def installed() -> Iterator[tuple[Installation, Seed]]:
    wait_for_template()  # what it migrated is copied
    with TemporaryDirectory(prefix="weicang-faults-") as folder, running(Path(folder), buyers=4) as started:
        yield started
