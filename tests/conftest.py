import importlib
import os
from collections import defaultdict
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.db import connection, transaction
from django.db.models import Model
from django.db.models.signals import post_migrate
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from xdist.scheduler import LoadScopeScheduling

# A machine that has other things to do is no fault of a test. In CI, Hypothesis takes the same examples each time and prints
# what replays a failure.
hypothesis_settings.register_profile(
    "shared machine",
    parent=hypothesis_settings.get_profile("ci" if os.environ.get("CI") else "default"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("shared machine")


OWN_SERVICE = ("test_accessibility.py", "test_walk.py")
"""Files of browser tests that start a service of their own; all others share one."""
SLOWEST_FILES = (
    "browser", "tests/demo/test_supervisor", "tests/browser/", "pages", "tests/contention/", "tests/config/",
    "tests/embedded/", "tests/inventory/", "tests/integrity/", "tests/imports/", "tests/membership/",
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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place_in_run(_group(item.nodeid)))


def _group(nodeid: str) -> str:
    """The file of a test, or a name for files whose tests share what takes long to make: the seeded service, the pages in English."""
    file = nodeid.partition("::")[0]
    if file.startswith("tests/pages/"):
        return "pages"
    return "browser" if file.startswith("tests/browser/") and not file.endswith(OWN_SERVICE) else file


def _place_in_run(group: str) -> int:
    return next((place for place, start in enumerate(SLOWEST_FILES) if group.startswith(start)), len(SLOWEST_FILES))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The database of each worker is a copy of the migrated template (tests/services.py)."""
    connection.settings_dict["TEST"]["TEMPLATE"] = os.environ["WEICANG_TEST_TEMPLATE"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Before a test that commits, Django saves the 325 rows of the migrations one by one, which takes half a second.

    The flush after such a test deletes them, and tests of other files follow in the same worker, so they are inserted once more.
    """
    connection.creation.deserialize_db_from_string = _insert_rows  # type: ignore[method-assign,assignment]
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def flush_and_restore(test: TransactionTestCase) -> None:
        flush(test)
        if test.serialized_rollback:
            _insert_rows(connection._test_serialized_contents)  # type: ignore[attr-defined]

    TransactionTestCase._fixture_teardown = flush_and_restore  # type: ignore[attr-defined]


def _insert_rows(serialized: str) -> None:
    rows: defaultdict[type[Model], list[Model]] = defaultdict(list)
    for each in serializers.deserialize("json", serialized):
        rows[type(each.object)].append(each.object)
    with transaction.atomic():
        for model, objects in rows.items():
            model._base_manager.bulk_create(objects, ignore_conflicts=True)


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """A hash that is slow on purpose, a few times per test, would be most of the suite's time."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]


@pytest.fixture(autouse=True, scope="session")
def _insert_first_categories_after_a_flush() -> None:
    """The flush after a test that commits deletes the categories that a migration inserted, and other tests may follow."""
    post_migrate.connect(_insert_categories, sender=apps.get_app_config("inventory"))


def _insert_categories(**_: Any) -> None:
    importlib.import_module("inventory.migrations.0002_first_categories").plant(apps, None)
