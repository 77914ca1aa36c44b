"""Whether an opening stays exact: thousands of buyers, a few hundred units, three kinds of limits, retries, clients that hang up.

    python3 noxfile.py -s bench -- crowd
    python -m demo.run_inside bench/crowd.py --buyers 5000 --units 500 --workers 2

Each buyer makes up to three grabs of random goods and units over HTTP at once, each with a key of her own. Some hang up before the answer
arrives and ask again with the same key until they are answered; some repeat a grab that was answered. Units are limited by SKU, by sale and
by the amount that a member may leave unpaid. Afterwards every unit must be sold and none twice, every accepted answer must have its order
and every order the buyer who was told of it, no limit may be passed, a repeated key must get the same answer, and the integrity check finds
nothing. Exits with 1 where any of it does not hold. It rolls nothing back: run it on an empty database.
"""
# ruff: noqa: E402 - Django is set up before its models are imported

import argparse
import asyncio
import json
import os
import platform
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db.models import Sum

from accounts.models import Person
from bench.opening import make_buyers, served
from brands.models import Brand
from flashsales.models import SaleItem
from integrity.selectors.checks import all_violations
from kernel import clock
from membership.models import Reseller
from membership.rules.tiers import DEFAULT_TABLE, Tier
from orders.models.lines import OrderLine
from orders.models.orders import Order
from tests.builders import Marketplace, item_of

SKUS = 5
ITEM_LIMIT, SALE_LIMIT = 2, 3
MAX_GRABS = 3
HANGS_UP, REPEATS = 0.15, 0.3
MAX_ATTEMPTS = 60
MAX_CONNECTIONS = 800
ANSWER_SECONDS = 30


@dataclass
class Grab:
    """One grab with its key, and every answer that it got: the status, and the id of the order or the code of the refusal."""

    item_id: int
    units: int
    key: str
    answers: list[tuple[int, int | str]] = field(default_factory=list)


@dataclass
class Buyer:
    token: str
    recipient_id: int
    grabs: list[Grab]
    hung_up: int = 0


class Crowd:
    """All buyers at once, over at most MAX_CONNECTIONS connections."""

    def __init__(self, port: int, buyers: list[Buyer]) -> None:
        self.port, self.buyers = port, buyers
        self.connections = asyncio.Semaphore(MAX_CONNECTIONS)
        self.busy = 0

    async def run(self) -> None:
        await asyncio.gather(*(self._buy(each) for each in self.buyers))

    async def _buy(self, buyer: Buyer) -> None:
        # At once, from several windows: so limits must hold among grabs of one transaction too.
        await asyncio.gather(*(self._place(buyer, grab) for grab in buyer.grabs))

    async def _place(self, buyer: Buyer, grab: Grab) -> None:
        if random.random() < HANGS_UP:
            await self._send(buyer, grab, hangs_up=True)
            buyer.hung_up += 1
        for _ in range(2 if random.random() < REPEATS else 1):
            await self._insist(buyer, grab)

    async def _insist(self, buyer: Buyer, grab: Grab) -> None:
        """Ask until there is an answer other than that the service is busy."""
        for _ in range(MAX_ATTEMPTS):
            answer = await self._send(buyer, grab)
            if answer is not None and answer[0] != 503:
                grab.answers.append(answer)
                return
            self.busy += 1
            await asyncio.sleep(random.uniform(0.1, 1))
        raise TimeoutError(f"{grab.key} was never answered")

    async def _send(self, buyer: Buyer, grab: Grab, *, hangs_up: bool = False) -> tuple[int, int | str] | None:
        """The answer, or None where the connection broke or the client hangs up."""
        line = {"item_id": grab.item_id, "units": grab.units, "recipient_id": buyer.recipient_id}
        body = json.dumps({"key": grab.key, "lines": [line]}).encode()
        head = (
            "POST /api/v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
            f"Authorization: Bearer {buyer.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        async with self.connections:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    writer.write(head.encode() + body)
                    await writer.drain()
                    if hangs_up:
                        await asyncio.sleep(random.uniform(0, 0.05))
                        return None
                    received = await asyncio.wait_for(reader.read(), ANSWER_SECONDS)
                finally:
                    writer.close()
            except (OSError, TimeoutError):
                return None
        head_received, _, content = received.partition(b"\r\n\r\n")
        if not content:
            return None
        told = json.loads(content)
        status = int(head_received[9:12])
        return status, told["id"] if status == 201 else told["code"]


def main() -> int | str:
    options = argparse.ArgumentParser()
    options.add_argument("--buyers", type=int, default=5000)
    options.add_argument("--units", type=int, default=500)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--out", type=Path)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    if Brand.objects.exists():
        return "Run the benchmark on an empty database."
    random.seed(asked.seed)
    limit_fen = DEFAULT_TABLE.unpaid_limit(Tier.TRIAL)
    items = open_sale(asked.units, limit_fen)
    buyers = [
        Buyer(token, recipient_id, grabs_of(number, items))
        for number, (token, recipient_id, _) in enumerate(make_buyers(asked.buyers))
    ]
    Reseller.objects.update(tier=Tier.TRIAL.value)
    began = time.perf_counter()
    with served(asked.workers, 4, 64) as (port, _):
        crowd = Crowd(port, buyers)
        asyncio.run(crowd.run())
    taken = time.perf_counter() - began
    result = {
        "bench": "crowd",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "options": {name: value for name, value in vars(asked).items() if name != "out"},
        "seconds": round(taken, 1),
        "grabs": sum(len(each.grabs) for each in buyers),
        "hung_up": sum(each.hung_up for each in buyers),
        "busy_or_broken": crowd.busy,
        "answers": Counter(str(code) if status != 201 else "accepted" for _, status, code in answers_of(buyers)),
        "units_ordered": OrderLine.objects.aggregate(units=Sum("units"))["units"],
        "orders": Order.objects.count(),
        "wrong": find_wrong(buyers, asked.units, limit_fen),
    }
    text = json.dumps(result, ensure_ascii=False, indent=1)
    sys.stdout.write(text + "\n")
    if asked.out:
        asked.out.write_text(text + "\n")
    return 1 if result["wrong"] else 0


def open_sale(units: int, limit_fen: int) -> list[int]:
    """The goods: `units` of them shared by the SKUs, at a price of which a member may leave two units unpaid, not three."""
    market = Marketplace(now=clock.now())
    shares = [units // SKUS + (number < units % SKUS) for number in range(SKUS)]
    skus = [market.sku(units=share, tag_price_fen=4 * limit_fen, base_price_fen=limit_fen * 2 // 5) for share in shares]
    sale_id = market.sale(*skus, item_limit=ITEM_LIMIT, limit_units=SALE_LIMIT)
    return [item_of(sale_id, sku) for sku in skus]


def grabs_of(number: int, items: list[int]) -> list[Grab]:
    wanted = random.randint(1, MAX_GRABS)
    return [Grab(random.choice(items), random.randint(1, 3), f"crowd-{number}-{place}") for place in range(wanted)]


def answers_of(buyers: list[Buyer]) -> list[tuple[str, int, int | str]]:
    return [(grab.key, *answer) for each in buyers for grab in each.grabs for answer in grab.answers]


def find_wrong(buyers: list[Buyer], units: int, limit_fen: int) -> list[str]:
    """What does not hold after the run."""
    wrong = []
    orders = {row.pk: row for row in Order.objects.all()}
    resellers = dict(Person.objects.values_list("login", "reseller__pk"))
    told: dict[int, int] = {}
    for number, buyer in enumerate(buyers):
        for grab in buyer.grabs:
            accepted = {code for status, code in grab.answers if status == 201}
            if len(accepted) > 1 or (accepted and len(accepted) != len(set(grab.answers))):
                wrong.append(f"{grab.key} was answered in several ways: {grab.answers}")
            told.update({int(order_id): resellers[f"opening{number}"] for order_id in accepted})
    for order_id, reseller_id in told.items():
        if order_id not in orders or orders[order_id].reseller_id != reseller_id:
            wrong.append(f"order {order_id} was promised to reseller {reseller_id}")
    wrong += [f"nobody was told of order {order_id}" for order_id in orders.keys() - told.keys()]
    ordered = OrderLine.objects.aggregate(units=Sum("units"))["units"]
    left = SaleItem.objects.aggregate(units=Sum("available"))["units"]
    if (ordered, left) != (units, 0):
        wrong.append(f"{ordered} units ordered and {left} left of {units}")
    wrong += limits_passed(limit_fen)
    return wrong + [f"{each}" for each in all_violations()]


def limits_passed(limit_fen: int) -> list[str]:
    lines = OrderLine.objects.values("order__reseller_id")
    of_sale = lines.annotate(units=Sum("units")).filter(units__gt=SALE_LIMIT)
    of_item = lines.values("order__reseller_id", "item_id").annotate(units=Sum("units")).filter(units__gt=ITEM_LIMIT)
    unpaid = Order.objects.values("reseller_id").annotate(fen=Sum("total_fen")).filter(fen__gt=limit_fen)
    return [f"a limit is passed: {each}" for rows in (of_sale, of_item, unpaid) for each in rows]


if __name__ == "__main__":
    sys.exit(main())
