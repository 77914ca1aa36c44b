"""The page of rehearsals: ops asks for one and follows it; finance sees it (REHEARSAL-1, REHEARSAL-4)."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from accounts.rules import Actor
from kernel.clock import set_to
from rehearsals.models import Rehearsal
from tests.builders import HOUR, NOW, Marketplace
from tests.rehearsals.ended import ended_rehearsal

pytestmark = pytest.mark.django_db
ASKED = {
    "form_action": "rehearse", "rehearse-buyers": "20", "rehearse-seconds": "5", "rehearse-curve": "rush", "rehearse-web_processes": "1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with set_to(NOW):
        yield


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


@pytest.fixture
def address(market: Marketplace) -> str:
    return reverse("console:rehearsals", args=[scheduled(market)])


def scheduled(market: Marketplace, opens: datetime = NOW + 24 * HOUR) -> int:
    return market.sale(market.sku(units=5), starts_at=opens)


def client(actor: Actor) -> Client:
    browser = Client()
    browser.force_login(Person.objects.get(pk=actor.own_id))
    return browser


# REHEARSAL-1
def test_ops_asks_for_a_rehearsal_and_cancels_it(market: Marketplace, address: str) -> None:
    ops = client(market.ops)
    assert "这场还没有演练过" in ops.get(address).content.decode()
    assert ops.post(address, ASKED).status_code == 302
    row = Rehearsal.objects.get()
    assert (row.state, row.buyers, row.seconds, row.curve, row.web_processes) == ("waiting", 20, 5, "rush", 1)
    waiting = ops.get(address).content.decode()
    assert "等后台开始" in waiting
    assert f'hx-get="{reverse("console:rehearsal", args=[row.pk])}"' in waiting
    assert 'data-form-action="rehearse"' not in waiting
    ops.post(address, {"form_action": "cancel"})
    row.refresh_from_db()
    assert row.state == "cancelled"
    polled = ops.get(reverse("console:rehearsal", args=[row.pk]))
    assert polled["HX-Refresh"] == "true"
    assert 'data-form-action="rehearse"' in ops.get(address).content.decode()


def test_refusal_stands_at_the_form_which_keeps_what_was_typed(market: Marketplace, address: str) -> None:
    scheduled(market, NOW + HOUR / 6)
    page = client(market.ops).post(address, ASKED).content.decode()
    assert "正在进行或 15 分钟内开场" in page
    assert 'value="20"' in page
    assert not Rehearsal.objects.exists()
    too_many = client(market.ops).post(address, ASKED | {"rehearse-buyers": "5001"}).content.decode()
    assert "5000" in too_many
    assert not Rehearsal.objects.exists()


# REHEARSAL-4
def test_result_says_what_sold_out_when_and_where_the_limit_was(market: Marketplace) -> None:
    sale_id = scheduled(market)
    ended_rehearsal(sale_id=sale_id, person_id=market.ops.own_id, now=NOW)
    page = client(market.finance).get(reverse("console:rehearsals", args=[sale_id])).content.decode()
    for words in ("7 单", "7 / 16 件", "2 / 3", "从第 1 秒", "共 40 次", "已抢完", "0.4 秒", "1.2 秒", "没有超卖"):
        assert words in page
    assert page.count("<rect") == 7
    assert "由运营办理" in page


def test_wrong_sums_and_failures_are_told(market: Marketplace) -> None:
    sale_id = scheduled(market)
    number = ended_rehearsal(sale_id=sale_id, person_id=market.ops.own_id, now=NOW)
    row = Rehearsal.objects.get(pk=number)
    row.result = (row.result or {}) | {"wrong": ["orders"]}
    row.save()
    failed = Rehearsal.objects.create(
        sale_id=sale_id, state="failed", buyers=1, seconds=1, curve="even", web_processes=1, seed=1,
        requested_by_id=market.ops.own_id, requested_at=NOW, ended_at=NOW, failure="may_not_create",
    )  # fmt: skip
    ops, address = client(market.ops), reverse("console:rehearsals", args=[sale_id])
    newest = ops.get(address).content.decode()
    assert "ALTER ROLE" in newest
    assert f"?rehearsal={failed.pk}" in newest
    assert "成功的回答与订单数不符" in ops.get(f"{address}?rehearsal={number}").content.decode()
