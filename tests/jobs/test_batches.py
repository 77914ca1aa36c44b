"""Work on many rows, of which one fails."""

import logging

import pytest
from django.db import OperationalError

from jobs.batches import run_each


def test_run_each_goes_on_after_a_row_that_fails_and_names_it(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    def work(row: int) -> int:
        if row == 2:
            raise KeyError(row)
        done.append(row)
        return 1

    with caplog.at_level(logging.ERROR):
        assert run_each(work, [1, 2, 3], job="orders.expire_unpaid") == 2
    assert done == [1, 3]
    [logged] = caplog.records
    assert (logged.__dict__["job"], logged.__dict__["row"]) == ("orders.expire_unpaid", 2)


def test_run_each_raises_where_there_is_no_database() -> None:
    done: list[int] = []

    def work(row: int) -> int:
        done.append(row)
        raise OperationalError

    with pytest.raises(OperationalError):
        run_each(work, [1, 2], job="orders.expire_unpaid")
    assert done == [1]
