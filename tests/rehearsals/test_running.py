"""A rehearsal plays the opening of a sale in a second database, and leaves nothing behind (REHEARSAL-2 to REHEARSAL-4)."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from accounts.models import Person
from brands.models import Brand
from flashsales.services import ending, publishing
from flashsales.services.draws import set_draw
from kernel import clock
from orders.models.orders import Order
from rehearsals.models import Rehearsal
from rehearsals.rules import Curve, RehearsalState
from rehearsals.selectors import RehearsalView, get_rehearsal
from rehearsals.services import measuring, running, second_database
from rehearsals.services.requests import cancel_rehearsal, request_rehearsal
from rehearsals.services.running import LEASE, end_lost, run_rehearsal
from tests.builders import HOUR, Marketplace
from tests.template import wait_for_template
from tests.violations import all_violations

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


COPIED = {
    "brands_brand", "flashsales_sale", "flashsales_saleitem", "flashsales_stylelisting", "flashsales_stylesearch", "inventory_category",
    "inventory_sku", "inventory_style", "pricing_pricelist", "pricing_pricelistitem", "pricing_pricelistrow",
}  # fmt: skip
"""Tables of the sale below. Texts about people among their columns are in `copying.EMPTIED`."""


class Scheduled:
    """A sale that opens tomorrow with 3 + 4 units, of which a member may take at most one each; ten members of trial."""

    def __init__(self) -> None:
        self.now = clock.now()
        self.market = Marketplace(now=self.now)
        self.skus = [self.market.sku(units=3), self.market.sku(units=4, colour="白")]
        self.sale_id = self.market.sale(*self.skus, item_limit=1, starts_at=self.now + 24 * HOUR)
        self.member = self.market.reseller()

    def request(self, **size: Any) -> RehearsalView:
        asked: dict[str, Any] = {
            "buyers": 30,
            "seconds": 2,
            "curve": Curve.AT_ONCE,
            "web_processes": 1,
            "seed": 5,
        } | size
        return request_rehearsal(actor=self.market.ops, sale_id=self.sale_id, now=self.now, **asked)


@pytest.fixture
def scheduled(settings: Any) -> Scheduled:
    settings.REHEARSAL_TEMPLATE = wait_for_template()
    return Scheduled()


def databases_of_rehearsals() -> list[str]:
    own = connection.settings_dict["NAME"] + second_database.SUFFIX
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [own])
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture
def behind_pooler(settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The service as it stands in a fleet: its database has another name at the pooler, and it has https and a replica."""
    name = connection.settings_dict["NAME"]
    settings.REHEARSAL_SERVER = os.environ["DATABASE_URL"].rpartition("/")[0]
    monkeypatch.setitem(connection.settings_dict, "NAME", "weicang_jobs")
    monkeypatch.setenv("WEICANG_HTTPS", "1")
    monkeypatch.setenv("WEICANG_HSTS_SECONDS", "3600")
    monkeypatch.setenv("WEICANG_REPLICA_URL", f"{settings.REHEARSAL_SERVER}/{name}")
    return str(name)


# REHEARSAL-2
def test_rehearsal_behind_a_pooler_reads_only_its_own_database(scheduled: Scheduled, behind_pooler: str) -> None:
    assert second_database.second_name(7) == f"{behind_pooler}_rehearsal_7"
    view = scheduled.request()
    assert run_rehearsal(rehearsal_id=view.id, clock=clock.now)
    done = get_rehearsal(view.id)
    assert (done.failure_detail, done.state) == ("", RehearsalState.DONE)
    assert done.result is not None
    assert (done.result["answers"]["accepted"], done.result["answers"]["failed"]) == (7, 0)


def make_database(rehearsal_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{second_database.second_name(rehearsal_id)}" TEMPLATE template0')


# REHEARSAL-2, REHEARSAL-3, REHEARSAL-4
def test_rehearsal_sells_out_in_its_own_database_and_tells_how(scheduled: Scheduled) -> None:
    view = scheduled.request()
    assert run_rehearsal(rehearsal_id=view.id, clock=clock.now)
    done = get_rehearsal(view.id)
    assert done.failure_detail == ""
    assert (done.state, done.failure) == (RehearsalState.DONE, "")
    assert done.result is not None
    totals = done.result["totals"]
    assert totals == {
        "orders": 7, "ordered_units": 7, "held_units": 7, "units_of_items": 7, "units_of_sale": totals["units_of_sale"], "units": 7,
        "sold_out": 2, "goods": 2,
    }  # fmt: skip
    answers = done.result["answers"]
    assert (answers["accepted"], answers["failed"], done.result["wrong"], done.result["unfinished"]) == (7, 0, [], 0)
    assert answers["pages"] == 30
    assert set(done.result["codes"]) == {"flashsales.sold_out"}
    assert answers["refused"] == done.result["codes"]["flashsales.sold_out"] >= 23
    assert sum(each.arrived for each in done.progress) == 30
    assert done.result["limit"]["most_per_second"] == max(each.answered for each in done.progress)
    assert [(each["units"], each["taken_units"]) for each in done.result["goods"]] in (
        [(3, 3), (4, 4)],
        [(4, 4), (3, 3)],
    )
    assert all(0 <= each["sold_out_after"] < 30 for each in done.result["goods"])
    assert databases_of_rehearsals() == []
    assert not Order.objects.exists()
    assert all_violations() == []


# REHEARSAL-3
def test_goods_of_a_draw_are_left_out(scheduled: Scheduled) -> None:
    market, now = scheduled.market, scheduled.now
    drawn, other = market.sku(units=2, style_no="DRAWN"), market.sku(units=1)
    draft = market.draft(drawn, other, starts_at=now + 24 * HOUR)
    set_draw(actor=market.ops, sale_id=draft, entry_minutes=30, codes=["DRAWN"], now=now)
    publishing.publish(actor=market.ops, sale_id=draft, now=now)
    scheduled.sale_id = draft
    view = scheduled.request(buyers=3)
    assert run_rehearsal(rehearsal_id=view.id, clock=clock.now)
    result = get_rehearsal(view.id).result
    assert result is not None
    assert (result["totals"]["goods"], result["totals"]["units"], result["totals"]["orders"]) == (1, 1, 1)
    assert result["wrong"] == []


# REHEARSAL-2
def test_nothing_of_people_is_copied(scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    brand: list[tuple[str, str, str]] = []
    Brand.objects.update(contact="陈经理 13800138000", return_address="杭州市西湖区 2 号")

    def look(url: str, sale_id: int, **counts: Any) -> dict[str, Any]:
        with psycopg.connect(url) as second:
            seen.extend(second.execute("SELECT login, name FROM accounts_person").fetchall())
            brand.extend(second.execute("SELECT contact, return_address, reason FROM brands_brand").fetchall())
        return measuring.measure(url, sale_id, **counts)

    monkeypatch.setattr(running, "measure", look)
    view = scheduled.request(buyers=2)
    run_rehearsal(rehearsal_id=view.id, clock=clock.now)
    assert len(seen) == 3
    assert {login.partition("-")[0] for login, _name in seen} == {"rehearsal"}
    assert brand == [("", "", "")]
    assert set((get_rehearsal(view.id).result or {})["copied"]) == COPIED, "say whether words of people can stand there"
    assert not {name for _login, name in seen} & set(Person.objects.values_list("name", flat=True))


def test_cancelled_rehearsal_ends_within_a_step_and_drops_its_database(
    scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = scheduled.request()
    during(running.Step.GOODS, monkeypatch, lambda: cancel(scheduled, view.id))
    assert run_rehearsal(rehearsal_id=view.id, clock=clock.now)
    ended = get_rehearsal(view.id)
    assert (ended.state, ended.result) == (RehearsalState.CANCELLED, None)
    assert databases_of_rehearsals() == []


# REHEARSAL-1
def test_rehearsal_ends_when_a_sale_opens_meanwhile(scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch) -> None:
    view = scheduled.request()
    soon = scheduled.now + 2 * HOUR
    scheduled.market.sale(scheduled.market.sku(units=1), starts_at=soon)
    times = {"now": scheduled.now}
    during(running.Step.GOODS, monkeypatch, lambda: times.update(now=soon - timedelta(minutes=10)))
    run_rehearsal(rehearsal_id=view.id, clock=lambda: times["now"])
    ended = get_rehearsal(view.id)
    assert (ended.state, ended.failure) == (RehearsalState.FAILED, "sale_is_live")
    assert ended.failure_detail == "冬季尾货专场"
    assert databases_of_rehearsals() == []


def test_lost_worker_ends_the_rehearsal_after_its_lease_and_leaves_no_database(scheduled: Scheduled) -> None:
    view = scheduled.request()
    began = scheduled.now
    Rehearsal.objects.filter(pk=view.id).update(state="running", started_at=began, lease_until=began + LEASE)
    make_database(view.id)
    assert end_lost(now=began + LEASE) == 0
    assert len(databases_of_rehearsals()) == 1
    assert end_lost(now=began + LEASE + timedelta(seconds=1)) == 1
    ended = get_rehearsal(view.id)
    assert (ended.state, ended.failure) == (RehearsalState.FAILED, "worker_lost")
    assert databases_of_rehearsals() == []


def test_sweep_drops_what_a_cancelled_rehearsal_left_and_not_what_the_next_one_uses(scheduled: Scheduled) -> None:
    """REHEARSAL-2: the worker of the first one was killed, and ops cancelled it and asked for another."""
    first = scheduled.request()
    Rehearsal.objects.filter(pk=first.id).update(state="running", lease_until=scheduled.now + LEASE)
    make_database(first.id)
    cancel(scheduled, first.id)
    second = scheduled.request()
    Rehearsal.objects.filter(pk=second.id).update(state="running", lease_until=scheduled.now + LEASE)
    make_database(second.id)
    assert end_lost(now=scheduled.now) == 0
    assert databases_of_rehearsals() == [second_database.second_name(second.id)]
    second_database.drop_second_database(first.id)
    assert databases_of_rehearsals() == [second_database.second_name(second.id)]
    second_database.drop_second_database(second.id)


def test_rehearsal_of_a_sale_that_was_cancelled_meanwhile_makes_nothing(
    scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = scheduled.request()
    ending.cancel(actor=scheduled.market.ops, sale_id=scheduled.sale_id, reason="改期", now=scheduled.now)
    during(running.Step.DATABASE, monkeypatch, lambda: pytest.fail("it began"))
    run_rehearsal(rehearsal_id=view.id, clock=clock.now)
    assert (get_rehearsal(view.id).state, get_rehearsal(view.id).failure) == (RehearsalState.FAILED, "not_scheduled")
    assert databases_of_rehearsals() == []


def test_rehearsal_that_another_worker_has_is_not_run_again(scheduled: Scheduled) -> None:
    view = scheduled.request()
    Rehearsal.objects.filter(pk=view.id).update(state="running", lease_until=scheduled.now + LEASE)
    assert not run_rehearsal(rehearsal_id=view.id, clock=clock.now)
    assert get_rehearsal(view.id).state is RehearsalState.RUNNING


def test_role_that_may_not_create_databases_is_named(scheduled: Scheduled, settings: Any) -> None:
    own = connection.settings_dict
    with connection.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS weicang_reader")
        cursor.execute("CREATE ROLE weicang_reader LOGIN PASSWORD 'reader'")
    try:
        settings.REHEARSAL_SERVER = f"postgresql://weicang_reader:reader@{own['HOST']}:{own['PORT']}"
        view = scheduled.request()
        run_rehearsal(rehearsal_id=view.id, clock=clock.now)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE weicang_reader")
    assert (get_rehearsal(view.id).state, get_rehearsal(view.id).failure) == (RehearsalState.FAILED, "may_not_create")


def cancel(scheduled: Scheduled, rehearsal_id: int) -> None:
    cancel_rehearsal(actor=scheduled.market.ops, rehearsal_id=rehearsal_id, now=scheduled.now)


def during(step: running.Step, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something once the rehearsal has come to a step."""
    real = running._step

    def watched(row: Rehearsal, reached: running.Step, now: Callable[[], datetime], **state: Any) -> None:
        real(row, reached, now, **state)
        if reached is step:
            act()

    monkeypatch.setattr(running, "_step", watched)
