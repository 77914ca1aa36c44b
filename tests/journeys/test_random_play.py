"""Random play of all faces and the clock through the real services: nothing that is done or refused breaks an invariant.

`python3 noxfile.py -s play -- --steps 5000 --seed 7` plays longer, and the same again. A failure names seed, step and the last calls.
"""

import time
from datetime import timedelta

import pytest

from aftersales.services.erasure import erase_contacts
from integrity import services as integrity
from tests.journeys.random_play import buying, online, passing, returning, running, shipping, waiting, wishing
from tests.journeys.random_play.player import Player
from tests.journeys.random_play.world import World

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

ACTS = (
    *buying.ACTS,
    *online.ACTS,
    *wishing.ACTS,
    *waiting.ACTS,
    *shipping.ACTS,
    *returning.ACTS,
    *running.ACTS,
    *passing.ACTS,
)
CHECKED_EVERY = 250
SEED, STEPS = 20261130, 300


def check(player: Player) -> None:
    """What changed since the last check, and then everything, is clean."""
    for run in (integrity.check_changes, integrity.check_everything):
        report = run(now=player.now)
        found = [str(violation) for result in report.results for violation in result.violations]
        assert found == [], "\n".join([*found, player.report()])
    print(f"step {player.step}, at {player.now:%Y-%m-%d}: clean", flush=True)


def test_random_play_keeps_every_invariant(request: pytest.FixtureRequest) -> None:
    steps, seed = request.config.getoption("--steps") or STEPS, request.config.getoption("--seed") or SEED
    player, began = Player(World(), seed, ACTS), time.process_time()
    while player.step < steps:
        player.play(min(CHECKED_EVERY, steps - player.step))
        check(player)
    player.now += timedelta(days=400)
    erase_contacts(now=player.now)
    check(player)
    played = player.played
    print(f"seed {seed}: {steps} steps until {player.now:%Y-%m-%d} in {time.process_time() - began:.1f} s of CPU")
    print(f"{played.compared} calls compared, {played.repeated} repeated, {len(played.refused)} kinds of refusals")
    print("\n".join(f"{count:6} {answer}" for answer, count in sorted(played.answers.items())))
    assert played.done >= {"grab", "pay", "ship", "open_case"}
    assert len(played.refused) >= 10
