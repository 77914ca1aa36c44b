import pytest

from tests.builders import Marketplace


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()
