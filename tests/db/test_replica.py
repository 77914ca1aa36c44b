"""Reads from a replica: a real standby that copies the servers of this run."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections, router, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Person
from config.middleware import CHANGED_COOKIE
from db import replica, sql
from embedded import Server, postgres
from embedded.process import wait_until
from flashsales.selectors.sales import NoSuchSale, get_sale
from kernel import clock
from tests.builders import Marketplace

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "replica"]),
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get("WEICANG_TEST_SERVER") != "embedded",
        reason="the server that DATABASE_URL names is not ours to copy",
    ),
]


class Seconds:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module", autouse=True)
def standby(django_db_setup: None) -> Iterator[Server]:
    """A standby of the server of this run, in the folder of the run: the account of the servers may pass through it."""
    folder = Path(os.environ["WEICANG_TEST_RUN"]) / f"standby-{os.getpid()}"
    folder.mkdir(mode=0o711)
    source = os.environ["DATABASE_URL"]
    data = postgres.copy_cluster(source, folder / "postgres", log=folder / "copy.log")
    parts = psycopg.conninfo.conninfo_to_dict(source)
    upstream = " ".join(f"{part}={parts[part]}" for part in ("host", "port", "user", "password"))
    settings_file = postgres.settings_folder(data) / "70-standby.conf"
    settings_file.write_text(f"primary_conninfo = '{upstream}'\n")
    settings_file.chmod(0o644)
    (data / "standby.signal").touch()
    server = postgres.start(folder / "postgres", durable=False, log=folder / "postgres.log")
    default, port = connections.settings["default"], psycopg.conninfo.conninfo_to_dict(server.url)["port"]
    connections.settings["replica"] = default | {"PORT": str(port), "OPTIONS": {}}
    yield server
    del connections.settings["replica"]
    server.stop()
    postgres.delete_cluster(folder / "postgres")
    shutil.rmtree(folder)


@pytest.fixture
def seconds(standby: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seconds]:
    """The standby as the replica of this process's database, and the clock by which its age is measured."""
    seconds = Seconds()
    monkeypatch.setattr(replica, "_distance", replica.Distance(seconds))
    settings.DATABASE_ROUTERS = ["db.replica.Router"]
    settings.MIDDLEWARE = ["config.middleware.own_changes", *settings.MIDDLEWARE]
    catch_up(standby)
    yield seconds
    connections["replica"].close()
    del connections["replica"]


def catch_up(standby: Server) -> None:
    with psycopg.connect(standby.url, autocommit=True) as there:
        there.execute("SELECT pg_wal_replay_resume()")
        position = sql.value("SELECT pg_current_wal_lsn()", {})
        reached = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        assert wait_until(lambda: bool(there.execute(reached, [position]).fetchone()[0]), 30)  # type: ignore[index]


def hold_back(standby: Server) -> None:
    """The standby shows nothing new from now on."""
    with psycopg.connect(standby.url, autocommit=True) as there:
        there.execute("SELECT pg_wal_replay_pause()")
        state = "SELECT pg_get_wal_replay_pause_state()"
        assert wait_until(lambda: there.execute(state).fetchone() == ("paused",), 30)


def where() -> str:
    return "replica" if sql.value("SELECT pg_is_in_recovery()", {}) else "primary"


def test_read_asks_the_replica_and_nothing_else_does(seconds: Seconds) -> None:
    assert replica.read(where) == "replica"
    assert where() == "primary"


def test_read_in_a_transaction_asks_the_primary(seconds: Seconds) -> None:
    with transaction.atomic():
        assert replica.read(where) == "primary"
    assert replica.read(lambda: _in_transaction(where)) == "primary"


def _in_transaction(query: Callable[[], str]) -> str:
    with transaction.atomic():
        return query()


def test_read_asks_the_primary_where_the_replica_is_too_far_behind(
    seconds: Seconds, standby: Server, settings: Settings
) -> None:
    settings.REPLICA_MAX_LAG = 3
    assert replica.read(where) == "replica"
    hold_back(standby)
    Marketplace()
    seconds.now += 2.9
    assert replica.read(where) == "replica"
    seconds.now += 0.2
    assert replica.read(where) == "primary"
    catch_up(standby)
    seconds.now += 1
    assert replica.read(where) == "replica"


def test_an_idle_primary_does_not_make_the_replica_old(seconds: Seconds) -> None:
    assert replica.read(where) == "replica"
    seconds.now += 3600
    assert replica.read(where) == "replica"


def test_what_was_made_a_moment_ago_is_asked_of_the_primary(seconds: Seconds, standby: Server) -> None:
    assert replica.read(where) == "replica"
    hold_back(standby)
    market = Marketplace(now=clock.now())
    sale_id = market.sale(market.sku())
    sale = replica.read(lambda: get_sale(sale_id, at=clock.now(), tier=0))
    assert sale.id == sale_id
    with pytest.raises(NoSuchSale):
        replica.read(lambda: get_sale(sale_id + 1, at=clock.now(), tier=0))
    catch_up(standby)


def test_a_row_of_the_replica_is_saved_in_the_primary(seconds: Seconds, standby: Server) -> None:
    market = Marketplace(now=clock.now())
    catch_up(standby)
    person = replica.read(lambda: Person.objects.get(pk=market.ops.own_id))
    assert person._state.db == "replica"
    assert router.db_for_read(Person, instance=person) == "default"
    person.name = "小运二"
    person.save(update_fields=["name"])
    assert Person.objects.get(pk=person.pk).name == "小运二"


def test_a_replica_that_is_away_is_left_alone_for_a_while(seconds: Seconds, standby: Server) -> None:
    assert replica.read(where) == "replica"
    good = connections["replica"].settings_dict["PORT"]
    connections["replica"].close()
    connections["replica"].settings_dict["PORT"] = "1"
    assert replica.read(where) == "primary"
    connections["replica"].settings_dict["PORT"] = good
    seconds.now += replica.RETRY_SECONDS - 0.1
    assert replica.read(where) == "primary"
    seconds.now += 0.2
    assert replica.read(where) == "replica"


def test_who_has_changed_something_sees_the_primary_for_a_while(
    seconds: Seconds, standby: Server, client: Client
) -> None:
    market = Marketplace(now=clock.now())
    market.sale(market.sku())
    reseller = market.reseller()
    client.force_login(
        Person.objects.get(pk=reseller.actor.own_id), backend="django.contrib.auth.backends.ModelBackend"
    )
    catch_up(standby)
    seconds.now += 1

    def statements_of_replica(path: str) -> int:
        with CaptureQueriesContext(connections["replica"]) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    assert statements_of_replica(reverse("shop:styles")) > 0
    assert statements_of_replica(reverse("shop:home")) > 0
    answer = client.post(reverse("choose_language"), {"language": "en"})
    cookie = answer.cookies[CHANGED_COOKIE]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (5, True, "Lax")
    assert statements_of_replica(reverse("shop:styles")) == 0
    del client.cookies[CHANGED_COOKIE]
    assert statements_of_replica(reverse("shop:styles")) > 0


def test_a_customer_on_a_shared_page_is_given_no_cookie_for_what_she_sends(seconds: Seconds, client: Client) -> None:
    answer = client.post(reverse("choose_language"), {"language": "en"})
    assert CHANGED_COOKIE not in answer.cookies
    assert connection.alias == "default"
