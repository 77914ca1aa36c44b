from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from pytest_django import Settings

from inventory.models import Category

LONGEST_FIRST = ("browser", "demo", "embedded")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts servers and browsers comes first, so that no worker is left alone with it at the end."""
    folder = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(folder).parts[0] not in LONGEST_FIRST)


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """A hash that is slow on purpose, a few times per test, would be most of the suite's time."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]


@pytest.fixture(autouse=True)
def _first_categories(request: pytest.FixtureRequest) -> None:
    """Tests that commit leave empty tables behind them; what migrations had entered is entered again for whoever comes next."""
    if request.node.get_closest_marker("django_db") is None:
        return
    request.getfixturevalue("db")
    if not Category.objects.exists():
        import_module("inventory.migrations.0003_first_categories").plant(apps, None)
