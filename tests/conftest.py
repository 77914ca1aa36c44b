import gc
import itertools
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker, Settings
from whitenoise.base import WhiteNoise
from xdist.scheduler import LoadScopeScheduling

from kernel import clock
from tests.rows import columns_by_table, read_rows, require_superuser, restore, vacuum
from tests.template import wait_for_template
from tests.violations import make_function

# A machine that has other things to do is no fault of a test. In CI, Hypothesis takes the same examples each time and prints
# what replays a failure.
hypothesis_settings.register_profile(
    "shared machine",
    parent=hypothesis_settings.get_profile("ci" if os.environ.get("CI") else "default"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("shared machine")


_files_with_rows = itertools.count(1)
SLOWEST_FILES = (
    "tests/faults/", "tests/demo/test_supervisor", "tests/browser/test_accessibility", "tests/browser/test_walk", "pages", "tests/browser/",
    "tests/contention/", "tests/config/", "tests/embedded/", "tests/integrity/", "tests/inventory/", "tests/imports/",
    "tests/membership/",
)  # fmt: skip
"""The groups of tests that take longest begin first, so that the workers of pytest-xdist end at about the same time."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--steps", type=int, help="of the random play; a short one without")
    parser.addoption("--seed", type=int, help="of the random play: the same plays the same")


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """One worker runs a whole group, so that what its tests share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    return GroupScheduling(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: for a quarter of its time a worker waits for something else than a core."""
    return 1 + (len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place_in_run(_group(item.nodeid)))


def pytest_collection_finish() -> None:
    """Let the garbage collector rest: it would go through the million objects of Django and of the collected tests again and again.

    It is off until here (tests/services.py).
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 20, 100)


def _group(nodeid: str) -> str:
    """The file of a test; a test of its own where one takes as long as a file; a name for files that share the pages in English."""
    file = nodeid.partition("::")[0]
    if file.startswith("tests/pages/"):
        return "pages"
    return nodeid if file == "tests/browser/test_accessibility.py" else file


def _place_in_run(group: str) -> int:
    return next((place for place, start in enumerate(SLOWEST_FILES) if group.startswith(start)), len(SLOWEST_FILES))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The database of each worker is a copy of the migrated template (tests/services.py)."""
    connection.settings_dict["TEST"]["TEMPLATE"] = wait_for_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """After a test that commits, the database is again as it was migrated: the next test may be one of another file."""
    with django_db_blocker.unblock():
        require_superuser()
        make_function()
        migrated = read_rows(columns_by_table())

    def restore_rows(test: TransactionTestCase) -> None:
        restore(migrated)

    TransactionTestCase._fixture_teardown = restore_rows  # type: ignore[attr-defined]
    TransactionTestCase._fixture_setup = classmethod(lambda cls: None)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True, scope="module")
def _vacuum(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every tenth file that has used the database, while no transaction is open."""
    yield
    if connection.connection is not None and next(_files_with_rows) % 10 == 0:
        with request.getfixturevalue("django_db_blocker").unblock():
            vacuum()


@pytest.fixture(autouse=True, scope="session")
def _read_static_files_once() -> None:
    """Each client of a test loads the middleware anew, and WhiteNoise looks at every static file: a tenth of the time of a page's test."""
    read, known = WhiteNoise.get_static_file, {}

    def read_once(server: WhiteNoise, path: str, url: str, stat_cache: Any = None) -> Any:
        if (path, url) not in known:
            known[path, url] = read(server, path, url, stat_cache)
        return known[path, url]

    WhiteNoise.get_static_file = read_once


@pytest.fixture(autouse=True)
def _clock_runs_after_test() -> Iterator[None]:
    """A test that leaves the clock stopped fails, not one that comes later in its process."""
    yield
    assert not clock.run()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """A hash that is slow on purpose, a few times per test, would be most of the suite's time."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
