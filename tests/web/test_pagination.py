"""Keyset pages: what a cursor is, and that nothing else passes for one."""

import base64
import json
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from membership.models import MonthRollover
from membership.selectors.rollover import list_rollovers
from tests.builders import NOW, Marketplace

pytestmark = pytest.mark.django_db


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def cursor(values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


FORGED = {
    "not base64": "%%%",
    "not JSON": base64.urlsafe_b64encode(b"[1").decode(),
    "no list": cursor({"a": 1}),
    "too short": cursor([]),
    "too long": cursor([1, 2, 3]),
    "a text for a number": cursor(["a"]),
    "an object": cursor([{"t": "2026-01-01T00:00:00+08:00"}]),
    "a truth": cursor([True]),
    "a fraction": cursor([1.5]),
    "beyond any id": cursor([2**63]),
    "NUL": cursor(["\x00", 1]),
    "half a letter": cursor(["\ud800", 1]),
    "no instant": cursor(["yesterday", 1]),
    "an instant before time": cursor(["0001-01-01T00:00:00+14:00", 1]),
    "another list's": cursor([1, 1]),
    "a well without bottom": base64.urlsafe_b64encode(b"[" * 300).decode(),
}


@pytest.mark.parametrize("cursor_text", FORGED.values(), ids=FORGED.keys())
def test_what_is_no_cursor_of_the_list_is_refused(market: Marketplace, cursor_text: str) -> None:
    ops = signed_in(market.ops)
    for path in ("brands", "sales", "platform-terms"):
        answer = ops.get(f"/api/v1/{path}", {"cursor": cursor_text})
        assert (path, answer.status_code, answer.json().get("code")) == (path, 422, "web.invalid_cursor")
    assert ops.get("/console/brands/", {"cursor": cursor_text}).status_code == 422


def test_a_cursor_that_is_too_long_is_refused_before_it_is_decoded(market: Marketplace) -> None:
    nested = base64.urlsafe_b64encode(b"[" * 3000).decode()
    ops = signed_in(market.ops)
    answer = ops.get("/api/v1/brands", {"cursor": nested})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert ops.get("/console/brands/", {"cursor": nested}).status_code == 422


def test_a_list_in_the_order_of_its_days_goes_on_where_it_stopped() -> None:
    months = [date(2026, month, 1) for month in (1, 2, 3, 4, 5)]
    MonthRollover.objects.bulk_create(MonthRollover(month=month, started_at=NOW) for month in months)
    seen, after = [], ""
    while True:
        page = list_rollovers(cursor=after, limit=2)
        seen += [each.month for each in page.items]
        if page.next_cursor is None:
            break
        after = page.next_cursor
    assert seen == months[::-1]
