"""Whether every grab that a client was told of stands in the database: `python -m tests.fleet.check JOURNAL` prints the counts as JSON."""

import json
import sys
from pathlib import Path

import django

django.setup()

from orders.models.orders import Order  # noqa: E402 - Django is set up first


def main(journal: Path) -> None:
    told: dict[str, int] = json.loads(journal.read_text())
    stored = dict(Order.objects.filter(key__in=told).values_list("key", "pk"))
    lost = [key for key, order_id in told.items() if stored.get(key) != order_id]
    json.dump({"acknowledged": len(told), "lost": lost}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
