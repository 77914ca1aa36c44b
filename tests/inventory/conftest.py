"""A brand with a clerk with an empty catalogue."""

import pytest

from accounts.rules import Actor
from tests.inventory.stock_workbooks import new_brand, new_clerk


@pytest.fixture
def brand_id(db: None) -> int:
    return new_brand()


@pytest.fixture
def clerk(brand_id: int) -> Actor:
    return new_clerk(brand_id)
