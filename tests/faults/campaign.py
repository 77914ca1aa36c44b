"""Rounds of faults while the load runs: each kills or takes away one part of the service, and waits until it serves again."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import redis

from tests.faults.installation import Installation, Seed
from tests.faults.judge import Verdict, judge
from tests.faults.load import Load

SECONDS_BEFORE = (0.5, 3.0)
"""Of undisturbed load before each fault."""
SECONDS_AWAY = (0.2, 2.0)
"""So long what was killed stays away."""


@dataclass(frozen=True)
class Round:
    """What was done, and after how many seconds the service answered again."""

    fault: str
    seconds_to_answer: float
    accepted: int
    """Grabs accepted since the round before."""


@dataclass
class Campaign:
    """What happened in all rounds, and the verdict."""

    rounds: list[Round]
    verdict: Verdict
    seconds: float
    answers: dict[str, int]
    ended_by_themselves: dict[str, int]
    """Parts that were not killed and ended all the same, with how often they were started again."""


def kill_web(installation: Installation, chance: random.Random) -> None:
    installation.kill("web")
    _stay_away(chance)
    installation.start("web")


def kill_web_worker(installation: Installation, chance: random.Random) -> None:
    """Its parent starts another."""
    installation.kill_child("web")


def kill_worker(installation: Installation, chance: random.Random) -> None:
    installation.kill("worker")
    _stay_away(chance)
    installation.start("worker")


def kill_process_of_worker(installation: Installation, chance: random.Random) -> None:
    installation.kill_child("worker")


def kill_periodic_worker(installation: Installation, chance: random.Random) -> None:
    installation.kill("periodic worker")
    _stay_away(chance)
    installation.start("periodic worker")


def kill_beat(installation: Installation, chance: random.Random) -> None:
    installation.kill("beat")
    _stay_away(chance)
    installation.start("beat")


def kill_redis(installation: Installation, chance: random.Random) -> None:
    installation.kill_valkey()
    _stay_away(chance)
    installation.start_valkey()


def empty_redis(installation: Installation, chance: random.Random) -> None:
    """Everything that Redis holds is gone: the cache, the queues, and what Celery keeps about both."""
    with redis.Redis.from_url(installation.redis_url) as connection:
        connection.flushall()


def kill_postgres(installation: Installation, chance: random.Random) -> None:
    installation.kill_postgres()
    _stay_away(chance)
    installation.start_postgres()


def kill_session_of_postgres(installation: Installation, chance: random.Random) -> None:
    """PostgreSQL ends all sessions and recovers by itself."""
    installation.kill_backend()


def pause_postgres(installation: Installation, chance: random.Random) -> None:
    """PostgreSQL stands still for 3 seconds."""
    with installation.paused(*installation.processes_of_postgres()):
        time.sleep(3)


FAULTS: dict[str, Callable[[Installation, random.Random], None]] = {
    "kill -9 of the web": kill_web,
    "kill -9 of PostgreSQL": kill_postgres,
    "kill -9 of Redis": kill_redis,
    "kill -9 of a worker": kill_worker,
    "kill -9 of the periodic worker": kill_periodic_worker,
    "kill -9 of beat": kill_beat,
    "kill -9 of a web process": kill_web_worker,
    "kill -9 of a process of a worker": kill_process_of_worker,
    "kill -9 of a session of PostgreSQL": kill_session_of_postgres,
    "Redis emptied": empty_redis,
    "PostgreSQL paused for 3 s": pause_postgres,
}


def run(
    installation: Installation, seed: Seed, faults: Sequence[str], *, random_seed: int, lets_time_pass: bool
) -> Campaign:
    """Run one round for each fault, in this order, then let the load end and judge."""
    chance = random.Random(random_seed)
    load = Load(installation, seed, random_seed=random_seed)
    rounds, accepted, began = [], 0, time.monotonic()
    with load.running(lets_time_pass=lets_time_pass):
        for fault in faults:
            time.sleep(chance.uniform(*SECONDS_BEFORE))
            FAULTS[fault](installation, chance)
            seconds = installation.wait_until_serving(seed)
            now_accepted = len(load.journal.accepted_grabs)
            rounds.append(Round(fault, seconds, now_accepted - accepted))
            accepted = now_accepted
        time.sleep(chance.uniform(*SECONDS_BEFORE))
    verdict = judge(installation, seed, load.journal, lets_time_pass=lets_time_pass)
    verdict.wrong += load.broken
    return Campaign(
        rounds,
        verdict,
        time.monotonic() - began,
        dict(sorted(load.journal.answers.items())),
        dict(installation.ended_by_itself),
    )


def all_faults(rounds: int, *, random_seed: int) -> list[str]:
    """The faults of so many rounds: each of them equally often, in a random order."""
    chance = random.Random(random_seed)
    names: list[str] = []
    while len(names) < rounds:
        names += chance.sample(list(FAULTS), len(FAULTS))
    return names[:rounds]


def _stay_away(chance: random.Random) -> None:
    time.sleep(chance.uniform(*SECONDS_AWAY))
