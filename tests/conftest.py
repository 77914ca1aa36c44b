import importlib
import os
from typing import Any

import pytest
from django.apps import apps
from django.db.models.signals import post_migrate
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

# A machine that has other things to do is no fault of a test. In CI, Hypothesis takes the same examples each time and prints
# what replays a failure.
hypothesis_settings.register_profile(
    "shared machine",
    parent=hypothesis_settings.get_profile("ci" if os.environ.get("CI") else "default"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("shared machine")


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """A hash that is slow on purpose, a few times per test, would be most of the suite's time."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]


@pytest.fixture(autouse=True, scope="session")
def _first_categories_survive_a_flush() -> None:
    """Tests that commit for real are followed by a flush, which takes what a migration planted with it; others may follow them."""
    post_migrate.connect(_plant_categories, sender=apps.get_app_config("inventory"))


def _plant_categories(**_: Any) -> None:
    importlib.import_module("inventory.migrations.0002_first_categories").plant(apps, None)
