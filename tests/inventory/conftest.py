"""A brand with a clerk on empty books."""

import importlib

import pytest
from django.apps import apps

from accounts.rules import Actor
from inventory.models import Category
from tests.inventory.goods import new_brand, new_clerk


@pytest.fixture
def brand_id(db: None) -> int:
    _plant_categories()
    return new_brand()


@pytest.fixture
def clerk(brand_id: int) -> Actor:
    return new_clerk(brand_id)


def _plant_categories() -> None:
    """Tests that commit for real are followed by a flush, which takes the first categories with it."""
    if not Category.objects.exists():
        importlib.import_module("inventory.migrations.0003_first_categories").plant(apps, None)
