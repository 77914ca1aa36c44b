import pytest

from tests.builders import House


@pytest.fixture
def house() -> House:
    return House()
