"""What the second database holds before a rehearsal: the sale about to open, and simulated buyers (REHEARSAL-2).

Runs in a process whose database is the second one.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection, transaction

from accounts.rules import Role
from accounts.selectors import digest_of
from kernel.period import month_of
from rehearsals.rules import Plan, plan_buyers, tiers_of_buyers
from rehearsals.services.copying import copy_sale, count_members

TOKENS_LAST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The buyers for `rehearsals.load`, and the number of copied rows by table."""

    buyers: list[dict[str, Any]]
    copied: dict[str, int]


def prepare(source_url: str, *, sale_id: int, plan: Plan, now: datetime) -> Prepared:
    """Fill an empty, migrated database: the sale is open from `now` on."""
    people = apps.get_model("accounts", "Person")
    stand_in = people.objects.create(login="rehearsal", name="演练", role=Role.OPS.value, created_at=now)
    with psycopg.connect(source_url) as source:
        source.isolation_level, source.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        members = count_members(source)
        copied = copy_sale(source, sale_id, stand_in_id=stand_in.pk)
    _open_sale(sale_id, now)
    items = list(
        apps.get_model("flashsales", "SaleItem")
        .objects.filter(sale_id=sale_id, allotted__gt=0)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    planned = plan_buyers(plan, len(items))
    tiers = tiers_of_buyers(members, plan.buyers)
    random.Random(plan.seed).shuffle(tiers)  # noqa: S311 - who arrives first does not follow from her tier; no secret
    people_of_load = _make_buyers(tiers, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    buyers = [
        {"token": token, "recipient_id": recipient_id, "at": each.at, "items": [items[place] for place in each.goods]}
        for each, (token, recipient_id) in zip(planned, people_of_load, strict=True)
    ]
    return Prepared(buyers, copied)


@transaction.atomic
def _open_sale(sale_id: int, now: datetime) -> None:
    """The window of the sale is moved so that it begins now, for all tiers. Its prices were frozen at publication and stay as they are."""
    values: dict[str, int | datetime] = {"sale": sale_id, "now": now}
    moves = (
        (
            "UPDATE flashsales_sale SET preview_at = %(now)s, starts_at = %(now)s, ends_at = %(now)s + (ends_at - starts_at),"
            " opening_delays = NULL, markdown_ends_at = markdown_ends_at + (%(now)s - starts_at) WHERE id = %(sale)s"
        ),
        (
            "UPDATE flashsales_saleitem i SET sale_window = tstzrange(s.starts_at, s.ends_at) FROM flashsales_sale s"
            " WHERE s.id = i.sale_id AND s.id = %(sale)s AND i.sale_window IS NOT NULL"
        ),
        # Drawn goods are left out: nobody grabs them, and nobody draws here.
        (
            "UPDATE flashsales_saleitem SET allotted = allotted - draw_units, held = held - draw_units, draw_units = 0"
            " WHERE sale_id = %(sale)s AND draw_units > 0"
        ),
        (
            "UPDATE flashsales_stylesearch e SET starts_at = s.starts_at, ends_at = s.ends_at FROM flashsales_sale s"
            " WHERE s.id = e.sale_id AND s.id = %(sale)s"
        ),
    )
    with connection.cursor() as cursor:
        for move in moves:
            cursor.execute(move, values)


@transaction.atomic
def _make_buyers(tiers: list[int], now: datetime) -> list[tuple[str, int]]:
    """Members of these tiers with a token and a recipient each."""
    models = {
        name: apps.get_model(name)
        for name in ("accounts.Person", "accounts.ApiToken", "membership.Reseller", "orders.Recipient")
    }
    count = len(tiers)
    people = models["accounts.Person"].objects.bulk_create(
        models["accounts.Person"](
            login=f"rehearsal-{number}", name=f"演练 {number}", role=Role.RESELLER.value, created_at=now
        )
        for number in range(count)
    )
    tokens = [f"rehearsal-token-{number}" for number in range(count)]
    models["accounts.ApiToken"].objects.bulk_create(
        models["accounts.ApiToken"](
            person=person, label="rehearsal", digest=digest_of(token), created_at=now, expires_at=now + TOKENS_LAST
        )
        for person, token in zip(people, tokens, strict=True)
    )
    resellers = models["membership.Reseller"].objects.bulk_create(
        models["membership.Reseller"](
            person=person,
            joined_at=now,
            tier=tier,
            earned_tier=tier,
            settled_tier=tier,
            rolled_over_through=month_of(now),
        )
        for person, tier in zip(people, tiers, strict=True)
    )
    recipients = models["orders.Recipient"].objects.bulk_create(
        models["orders.Recipient"](
            reseller=reseller, name="演练顾客", phone="13800138000", address="浙江省杭州市西湖区文三路 1 号"
        )
        for reseller in resellers
    )
    return [(token, recipient.pk) for token, recipient in zip(tokens, recipients, strict=True)]
