"""The player: picks acts by chance, carries them out through the services, and watches what they leave behind.

Everything follows from the seed: the same seed on an empty database plays the same acts at the same instants.
"""

import functools
import random
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection
from django.db.models import Model, QuerySet

from accounts.rules import Actor
from flashsales.models import SaleItem
from kernel.refusal import Refusal
from tests.builders import Daigou
from tests.journeys.random_play.world import World

Chosen = TypeVar("Chosen")
NO_SUCH_ID = 999_999_999
WRONG_ID = 0.12
"""How often an act names a row of any state and owner; a tenth of that, one that does not exist."""
LOOKED_AT = 40
"""An act chooses among so many rows, the newest."""
REMEMBERED = 60
"""So many calls can be repeated."""
SAMPLED = 0.05
"""How often the tables are compared before and after an act, to see that a refusal changes nothing."""
WITHOUT_TRACES = {"integrity", "sessions", "contenttypes", "auth", "admin"}
"""Apps whose tables no act of the play writes."""
ATTEMPTS = "accounts_attemptcount"
"""Attempts with one-time codes are counted before their outcome is known and taken back after it: a refusal rewrites the row."""


class NothingThereError(Exception):
    """There is no row that the act could be about."""


@dataclass(frozen=True, slots=True)
class Call:
    """A service and what it is called with; `now` is added when it is called.

    `is_once`: the very same call again changes nothing, as long as what the first one did `stands`. `leaves_traces`: a refusal may leave
    something behind, by its rule.
    """

    service: Callable[..., object]
    arguments: Mapping[str, Any]
    is_once: bool = True
    leaves_traces: bool = False
    stands: Callable[[], bool] = lambda: True

    @property
    def name(self) -> str:
        return self.service.__name__

    def __str__(self) -> str:
        return f"{self.service.__module__}.{self.name}({', '.join(f'{k}={v!r}' for k, v in self.arguments.items())})"


Act = Callable[["Player"], Call]
WeightedActs = Sequence[tuple[int, Act]]


@dataclass
class Played:
    """What was played so far: how often each call was done or refused, and the last calls, for the report of a failure."""

    answers: Counter[str] = field(default_factory=Counter)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=30))
    compared: int = 0
    repeated: int = 0

    @property
    def done(self) -> set[str]:
        """The names of the services that did something."""
        return {name.removesuffix(" done") for name in self.answers if name.endswith(" done")}

    @property
    def refused(self) -> set[str]:
        """The codes of the refusals."""
        return {name.partition(" ")[2] for name in self.answers if not name.endswith(" done")}


class Player:
    """One seed's play in a world."""

    def __init__(self, world: World, seed: int, acts: WeightedActs) -> None:
        self.world, self.seed, self.dice = world, seed, random.Random(seed)
        self.acts = [act for _, act in acts]
        self.weights = [weight for weight, _ in acts]
        self.played = Played()
        self.step = 0
        self.now = world.market.now
        self._calls: deque[tuple[Call, bool]] = deque(maxlen=REMEMBERED)
        self._keys = 0

    def play(self, steps: int) -> None:
        """Play so many steps. An exception that is no refusal ends the play, and names the seed, the step and the last calls."""
        for _ in range(steps):
            self.step += 1
            try:
                self._step()
            except Exception as error:
                error.add_note(self.report())
                raise

    def report(self) -> str:
        return "\n".join([f"seed {self.seed}, step {self.step}, at {self.now:%Y-%m-%d %H:%M:%S}", *self.played.last])

    # What acts ask of the player.

    def key(self) -> str:
        self._keys += 1
        return f"{self.seed}-{self._keys}"

    def chance(self, of: float) -> bool:
        return self.dice.random() < of

    def pick(self, among: Sequence[Chosen]) -> Chosen:
        if not among:
            raise NothingThereError
        return self.dice.choice(among)

    def some(self, among: Sequence[Chosen], most: int) -> list[Chosen]:
        """One to `most` of them, in any order."""
        if not among:
            raise NothingThereError
        return self.dice.sample(among, self.dice.randint(1, min(most, len(among))))

    def row(self, rows: QuerySet[Model]) -> Any:
        """One of the newest rows."""
        return self.pick(list(rows.order_by("-pk")[:LOOKED_AT]))

    def id(self, rows: QuerySet[Any]) -> int:
        """The id of one of the newest rows; now and then that of any row of the table, or of none."""
        if self.chance(WRONG_ID):
            if self.chance(0.1):
                return NO_SUCH_ID
            rows = rows.model._default_manager.all()
        ids: list[int] = list(rows.order_by("-pk").values_list("pk", flat=True)[:LOOKED_AT])
        return self.pick(ids)

    def own(self, rows: QuerySet[Any], owner: str = "reseller") -> tuple[Actor, int]:
        """The reseller of one of the newest rows and its id; now and then another reseller, or another id."""
        found = list(rows.order_by("-pk").values_list(owner, "pk")[:LOOKED_AT])
        reseller_id, row_id = self.pick(found)
        if self.chance(WRONG_ID):
            row_id = self.id(rows.model._default_manager.all())
        if self.chance(WRONG_ID / 4):
            return self.pick(self.world.resellers).actor, row_id
        return self.reseller(reseller_id).actor, row_id

    def reseller(self, reseller_id: int) -> Daigou:
        """A reseller who can still sign in."""
        if reseller_id not in self.world.by_reseller:
            raise NothingThereError
        return self.world.by_reseller[reseller_id]

    def live_items(self) -> QuerySet[SaleItem]:
        """Items of live sales of which some are left."""
        return SaleItem.objects.filter(
            available__gt=0, sale__state="published", sale__closed_at=None, sale__ends_at__gt=self.now
        )

    # One step.

    def _step(self) -> None:
        self.now += self._pause()
        if self._calls and self.chance(0.06):
            return self._repeat()
        while True:
            (act,) = self.dice.choices(self.acts, self.weights)
            try:
                call = act(self)
            except NothingThereError:
                continue
            is_done = self._carry_out(call, watch=self.chance(SAMPLED))
            self._calls.append((call, is_done))
            return None

    def _repeat(self) -> None:
        """A call of a moment ago again, as after a lost answer. What was done is not done twice."""
        call, was_done = self.pick(list(self._calls))
        self.played.repeated += 1
        self._carry_out(call, watch=was_done and call.is_once and call.stands(), may_change=False)

    def _carry_out(self, call: Call, *, watch: bool, may_change: bool = True) -> bool:
        self.played.last.append(f"{self.step} {self.now:%m-%d %H:%M:%S} {call}")
        before = traces() if watch else {}
        try:
            call.service(**call.arguments, now=self.now)
        except Refusal as refusal:
            self.played.answers[f"{call.name} {refusal.code}"] += 1
            self.played.last.append(f"    refused: {refusal.code}")
            may_change, is_done = call.leaves_traces, False
        else:
            self.played.answers[f"{call.name} done"] += 1
            is_done = True
        if watch and not may_change:
            self.played.compared += 1
            changed = {table: (was, now) for table, now in traces().items() if (was := before[table]) != now}
            if changed:
                raise AssertionError(f"{call.name} must change nothing here, and changed {changed}")
        return is_done

    def _pause(self) -> timedelta:
        """Mostly seconds, at times hours, seldom days: so every deadline is met and missed."""
        kind = self.dice.random()
        if kind < 0.8:
            return timedelta(seconds=self.dice.randint(1, 30))
        if kind < 0.94:
            return timedelta(seconds=self.dice.randint(60, 600))
        if kind < 0.99:
            return timedelta(minutes=self.dice.randint(20, 400))
        return timedelta(hours=self.dice.randint(10, 100))


@functools.cache
def _tables() -> tuple[str, ...]:
    """The tables of the apps, without ATTEMPTS; partitions belong to theirs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace AND split_part(relname, '_', 1) = ANY(%s) AND relname <> %s ORDER BY 1",
            [sorted({model._meta.app_label for model in apps.get_models()} - WITHOUT_TRACES), ATTEMPTS],
        )
        return tuple(name for (name,) in cursor.fetchall())


def traces() -> dict[str, tuple[int, int]]:
    """Of each table how many rows it has and the sum of the transactions that wrote them: any insertion, change or deletion shows."""
    parts = (f"SELECT '{each}', count(*), coalesce(sum(xmin::text::bigint), 0) FROM {each}" for each in _tables())
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {table: (count, int(written)) for table, count, written in cursor.fetchall()}
