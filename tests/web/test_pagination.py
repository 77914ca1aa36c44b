"""Keyset pages: what a cursor is, and that nothing else passes for one."""

import ast
import base64
import itertools
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor
from flashsales.rules.finder import Sort, StyleFilter
from flashsales.selectors.finder import find_styles
from flashsales.selectors.sales import list_items
from membership.models import MonthRollover
from membership.selectors.rollover import list_rollovers
from pricing.models import PlatformTerms
from tests.builders import HOUR, NOW, Marketplace
from web.pagination import InvalidCursor

pytestmark = pytest.mark.django_db


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def cursor(values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def decoded(text: str) -> list[Any]:
    values: list[Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return values


LISTS = ("brands", "sales", "platform-terms")
"""Two in the order of ids, and one in the order of instants and ids."""


@pytest.fixture
def real(market: Marketplace) -> dict[str, list[Any]]:
    """What a real cursor of each list holds."""
    market.brand()
    for _ in range(2):
        market.draft(market.sku())
    for hour in range(2):
        PlatformTerms.objects.create(
            from_at=NOW + hour * HOUR, discounts=[0] * 6, margin_rate=0, ending="fen", entered_at=NOW
        )
    ops = signed_in(market.ops)
    pages = {path: ops.get(f"/api/v1/{path}", {"limit": 1}).json() for path in LISTS}
    return {path: decoded(page["next_cursor"]) for path, page in pages.items()}


FORGED_BYTES = {
    "not base64": "%%%",
    "not JSON": base64.urlsafe_b64encode(b"[1").decode(),
    "no list": cursor({"a": 1}),
    "empty": cursor([]),
    "nested too deeply": base64.urlsafe_b64encode(b"[" * 300).decode(),
}
WRONG_VALUES: list[Any] = [
    "a", {"t": "2026-01-01T00:00:00+08:00"}, [1], None, True, 1.5, 2**63, "\x00", "\ud800", "yesterday", "0001-01-01T00:00:00+14:00",
]  # fmt: skip
"""Values of no column of LISTS: of another type, beyond what the database holds, or no text or instant at all."""


def assert_refused(market: Marketplace, path: str, cursor_text: str) -> None:
    ops = signed_in(market.ops)
    answer = ops.get(f"/api/v1/{path}", {"cursor": cursor_text})
    assert (path, answer.status_code, answer.json().get("code")) == (path, 422, "web.invalid_cursor")
    if path == "brands":
        assert ops.get("/console/brands/", {"cursor": cursor_text}).status_code == 422


@pytest.mark.parametrize("cursor_text", FORGED_BYTES.values(), ids=FORGED_BYTES.keys())
@pytest.mark.parametrize("path", LISTS)
def test_what_is_no_cursor_at_all_is_refused(market: Marketplace, path: str, cursor_text: str) -> None:
    assert_refused(market, path, cursor_text)


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_with_the_mark_of_its_list_and_a_wrong_value_is_refused(
    market: Marketplace, real: dict[str, list[Any]], path: str
) -> None:
    mark, *values = real[path]
    for place, value in itertools.product(range(len(values)), WRONG_VALUES):
        assert_refused(market, path, cursor([mark, *values[:place], value, *values[place + 1 :]]))


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_with_too_few_or_too_many_values_is_refused(
    market: Marketplace, real: dict[str, list[Any]], path: str
) -> None:
    assert signed_in(market.ops).get(f"/api/v1/{path}", {"cursor": cursor(real[path])}).status_code == 200
    for values in (real[path][:-1], [*real[path], 1], real[path][1:]):
        assert_refused(market, path, cursor(values))


def test_a_cursor_of_another_list_with_the_same_types_of_values_is_refused(
    market: Marketplace, real: dict[str, list[Any]]
) -> None:
    for path, other in itertools.permutations(LISTS, 2):
        assert_refused(market, path, cursor(real[other]))
    assert_refused(market, "brands", cursor([[], *real["brands"][1:]]))


def test_a_cursor_of_the_rows_of_another_owner_is_refused(market: Marketplace) -> None:
    first, second = (market.draft(market.sku(), market.sku()) for _ in range(2))
    after = list_items(first, limit=1).next_cursor
    assert after is not None
    assert len(list_items(first, cursor=after, limit=1).items) == 1
    with pytest.raises(InvalidCursor):
        list_items(second, cursor=after, limit=1)


def test_a_cursor_of_another_order_of_the_list_is_refused(market: Marketplace) -> None:
    market.sale(market.sku(), market.sku())
    sorts: tuple[Sort, Sort] = ("price", "-price")
    pages = {sort: find_styles(tier=0, at=NOW, filters=StyleFilter(sort=sort), limit=1) for sort in sorts}
    for sort, other in itertools.permutations(sorts):
        after = pages[other].next_cursor
        assert after is not None
        with pytest.raises(InvalidCursor):
            find_styles(tier=0, at=NOW, filters=StyleFilter(sort=sort), limit=1, cursor=after)


def test_every_list_has_a_name_of_its_own() -> None:
    source = Path(__file__).parents[2] / "src"
    names = [
        argument.value.value if isinstance(argument.value, ast.Constant) else ast.unparse(argument.value)
        for path in source.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "paginate"
        for argument in call.keywords
        if argument.arg == "name"
    ]
    assert len(names) > 30
    assert len(set(names)) == len(names)


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
