"""Shipments of many orders settle as they do one by one, with a number of statements that does not grow (GROWTH-6)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.rules import Actor
from membership.models import GrowthEntry, GrowthMonth, Notice, Reseller, TierChange
from membership.services.growth import settle_shipment
from membership.services.shipments import ShippedAmount, settle_shipments
from tests.membership.acts import DAY, NOW, joined, pay, platform_code, reseller_id

pytestmark = pytest.mark.django_db
LATER = NOW + 2 * DAY


def buyers(prefix: str, count: int) -> list[Actor]:
    """Members with two paid orders each, the second of which takes her over a threshold or two."""
    code, made = platform_code(count), []
    for place in range(count):
        made.append(joined(f"{prefix}{place}", code))
        first = int.from_bytes(prefix.encode()) * 1000 + place * 2
        pay(made[-1], first, 300 + 1500 * place)
        pay(made[-1], first + 1, 900 * place + 250)
    return made


def shipments(prefix: str, actors: list[Actor]) -> list[ShippedAmount]:
    """All of the first order and a part of the second."""
    made = []
    for place, actor in enumerate(actors):
        first = int.from_bytes(prefix.encode()) * 1000 + place * 2
        made.append(ShippedAmount(reseller_id(actor), first, f"{prefix}/{first}", (300 + 1500 * place) * 100))
        made.append(ShippedAmount(reseller_id(actor), first + 1, f"{prefix}/{first + 1}", 900 * place * 100 + 20_000))
    return made


def state(actor: Actor) -> dict[str, object]:
    pk = reseller_id(actor)
    entries = GrowthEntry.objects.filter(reseller=pk).order_by("pk")
    return {
        "member": Reseller.objects.filter(pk=pk)
        .values_list("tier", "growth_milli", "pending_milli", "last_entry_at")
        .get(),
        "entries": list(entries.values_list("kind", "milli", "pending_milli", "month", "at", "amount_fen")),
        "months": list(GrowthMonth.objects.filter(reseller=pk).values_list("month", "new_milli", "pending_milli")),
        "tier": TierChange.objects.filter(reseller=pk).order_by("-pk").values_list("after", flat=True).first(),
        "noticed": Notice.objects.filter(reseller=pk).exists(),
    }


@pytest.mark.parametrize("now", [LATER, NOW + timedelta(days=40)], ids=["same month", "next month"])
def test_settle_shipments_gives_what_settle_shipment_gives_one_by_one(now: object) -> None:
    many, singly = buyers("m", 4), buyers("s", 4)
    settle_shipments(shipped=shipments("m", many), now=now)  # type: ignore[arg-type]
    for each in shipments("s", singly):
        settle_shipment(
            reseller_id=each.reseller_id,
            order_id=each.order_id,
            shipment=each.shipment,
            amount_fen=each.amount_fen,
            now=now,  # type: ignore[arg-type]
        )
    assert [state(actor) for actor in many] == [state(actor) for actor in singly]
    assert len({state(actor)["tier"] for actor in many}) > 1


def test_settle_shipments_again_changes_nothing() -> None:
    actors = buyers("m", 3)
    settle_shipments(shipped=shipments("m", actors), now=LATER)
    before = [state(actor) for actor in actors]
    settle_shipments(shipped=shipments("m", actors), now=LATER + DAY)
    assert [state(actor)["entries"] for actor in actors] == [each["entries"] for each in before]
    assert [state(actor)["months"] for actor in actors] == [each["months"] for each in before]


def test_settle_shipments_of_more_than_is_left_to_ship_is_a_bug() -> None:
    [actor] = buyers("m", 1)
    first = shipments("m", [actor])[0]
    with pytest.raises(ValueError, match="which has 30000 to ship"):
        settle_shipments(
            shipped=[ShippedAmount(first.reseller_id, first.order_id, first.shipment, first.amount_fen + 1)], now=LATER
        )


def test_settle_shipments_needs_as_many_statements_for_twelve_members_as_for_two() -> None:
    counts = []
    for prefix, count in (("a", 2), ("b", 12)):
        made = shipments(prefix, buyers(prefix, count))
        quiet = [each for each in made if each.order_id % 2]
        with CaptureQueriesContext(connection) as queries:
            settle_shipments(
                shipped=[ShippedAmount(q.reseller_id, q.order_id, q.shipment, 0) for q in quiet], now=LATER
            )
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15
