"""The short form of `nox -s faults`: three parts of a running service are killed while it is used. The long form has all faults."""

import pytest

from tests.faults import campaign
from tests.faults.installation import Installation, Seed, rows
from tests.faults.journal import Grab, Journal
from tests.faults.judge import judge

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_killed_processes_lose_and_double_nothing(installed: tuple[Installation, Seed]) -> None:
    installation, seed = installed
    faults = ("kill -9 of the web", "kill -9 of PostgreSQL", "kill -9 of Redis")
    played = campaign.run(installation, seed, faults, random_seed=1, lets_time_pass=False)
    assert played.verdict.faults == []
    assert [each.fault for each in played.rounds] == list(faults)
    assert played.verdict.accepted["grabs"] > 20
    assert played.verdict.accepted["payments"] > 10


def test_the_judge_sees_what_is_lost_doubled_and_held(installed: tuple[Installation, Seed]) -> None:
    """The control: a journal that the database contradicts."""
    installation, seed = installed
    journal = Journal(grabs=[Grab(0, "never placed", seed.items[0], 1, order_id=10**9, paid=True)])
    journal.uploads[10**9] = "no such style"
    journal.shipping_uploads[1] = {10**9: "SF0000000000000"}
    verdict = judge(installation, seed, journal, lets_time_pass=False)
    assert sorted(each.split()[0] for each in verdict.lost) == ["grab", "shipping", "stock", "the"]
    placed = rows(installation, "SELECT count(*) FROM orders_order")[0][0]
    assert sum("nobody grabbed" in each for each in verdict.doubled) == placed > 0
