"""Buyers and goods for the load on a fleet, by the builders of the tests: `python -m tests.fleet.seed COUNT` prints them as JSON."""

import itertools
import json
import sys

import django

django.setup()

from bench.opening import make_buyers  # noqa: E402 - Django is set up first
from kernel import clock  # noqa: E402
from tests import builders  # noqa: E402
from tests.builders import Marketplace, item_of  # noqa: E402

GOODS = 20


def main(count: int) -> None:
    builders._count = itertools.count(100_001)  # The walk has people whose sign-in names end in small numbers.
    market = Marketplace(now=clock.now())
    buyers = make_buyers(count, tier=0)  # A higher one would need the growth for it.
    skus = [market.sku(units=500_000, tag_price_fen=2_000, base_price_fen=500) for _ in range(GOODS)]
    sale_id = market.sale(*skus, item_limit=100_000, limit_units=1_000_000)
    items = [item_of(sale_id, sku) for sku in skus]
    json.dump({"buyers": buyers, "items": items}, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
