"""A rehearsal that has ended, as `run_rehearsal` leaves it, for tests of pages."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from rehearsals.models import Rehearsal
from rehearsals.rules import Second, find_limit

SECONDS = [
    Second(0, arrived=300, pages=180, accepted=5, refused=20, busy=0, failed=0, p50_ms=180.2, p99_ms=640.9),
    Second(1, arrived=0, pages=120, accepted=2, refused=293, busy=40, failed=0, p50_ms=410.0, p99_ms=1210.5),
]


def ended_rehearsal(
    *, sale_id: int, person_id: int, now: datetime, goods: tuple[str, str] = ("双面呢大衣", "驼色")
) -> int:
    """Seven units of two SKUs of `goods`, a name and a colour, were sold out, and the service was slow and busy in its last second.

    Returns its id.
    """
    name, colour = goods
    sold: list[dict[str, Any]] = [
        {
            "style_no": "YS2401", "name": name, "colour": colour, "size": size, "units": units, "taken_units": units,
            "sold_out_after": after,
        }
        for size, units, after in (("M", 3, 0.4), ("L", 4, 1.2))
    ]  # fmt: skip
    sold.append(sold[0] | {"size": "S", "units": 9, "taken_units": 2, "sold_out_after": None})
    result = {
        "goods": sold,
        "totals": {
            "orders": 7, "ordered_units": 7, "held_units": 7, "units_of_items": 7, "units_of_sale": 7, "units": 16, "sold_out": 2,
            "goods": 3,
        },
        "wrong": [],
        "seconds": [asdict(each) for each in SECONDS],
        "limit": asdict(find_limit(SECONDS)),
        "answers": {"pages": 300, "accepted": 7, "refused": 313, "busy": 40, "failed": 0},
        "codes": {"flashsales.sold_out": 313, "orders.too_many_grabs": 40},
        "unfinished": 0,
        "copied": {},
    }  # fmt: skip
    return Rehearsal.objects.create(
        sale_id=sale_id, state="done", buyers=300, seconds=1, curve="at_once", web_processes=2, seed=1, requested_by_id=person_id,
        requested_at=now, started_at=now, ended_at=now + timedelta(seconds=40), result=result,
    ).pk  # fmt: skip
