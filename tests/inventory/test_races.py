"""STOCK-4 under threads and kill -9: one open upload per brand, one worker per upload, all or nothing."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections

from accounts.rules import Actor
from integrity.selectors.checks import violations_of
from inventory.models import Upload, UploadChange, UploadFault, UploadJob
from inventory.rules import UploadState
from inventory.uploads import apply, receive, selectors
from inventory.uploads.parse import claimable_uploads, read_upload
from jobs.leases import LEASE, MAX_ATTEMPTS
from kernel.refusal import Refusal
from tests.inventory.stock_workbooks import (
    NOW,
    Line,
    later,
    preview,
    send,
    sizes,
    state_of,
    stock,
    traces,
    units,
    workbook,
)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

ROOT = Path(__file__).resolve().parents[2]
DATA = workbook(*sizes(Line(), "S", "M", "L"), Line(style_no="B1", category="奶粉"))


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run acts in threads that start together; gives each one's result or refusal."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        start.wait()
        try:
            results[place] = act()  # type: ignore[call-overload]
        except Refusal as refusal:
            results[place] = refusal  # type: ignore[call-overload]
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results  # type: ignore[return-value]


def sends_that_meet(clerk: Actor, count: int) -> list[Callable[[], int]]:
    """Uploads whose bytes come only when all of them have looked for another one that is open."""
    all_have_looked = threading.Barrier(count)

    def chunks() -> Iterator[bytes]:
        all_have_looked.wait(30)
        yield DATA

    def act() -> int:
        return receive.receive_upload(actor=clerk, filename="库存.csv", chunks=chunks(), now=NOW).id

    return [act] * count


@pytest.mark.contention
def test_two_uploads_at_once_the_second_is_told(clerk: Actor) -> None:
    """Without the constraint all would be let in: none sees another's row before it is committed."""
    results = at_once(*sends_that_meet(clerk, 6))
    let_in = [each for each in results if isinstance(each, int)]
    told = [each for each in results if isinstance(each, receive.UploadInProgress)]
    assert (len(let_in), len(told)) == (1, 5)
    assert {each.upload_id for each in told} == set(let_in)
    assert Upload.objects.count() == 1


@pytest.mark.contention
def test_two_uploads_at_once_would_both_come_in_without_the_constraint(clerk: Actor) -> None:
    """The control: the look before the insert is no guard by itself."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_open_upload_per_brand")
    try:
        results = at_once(*sends_that_meet(clerk, 6))
        assert len([each for each in results if isinstance(each, int)]) == 6
    finally:
        Upload.objects.all().delete()
        with connection.cursor() as cursor, connection.schema_editor() as editor:
            constraint = next(c for c in Upload._meta.constraints if c.name == "one_open_upload_per_brand")
            cursor.execute(str(constraint.create_sql(Upload, editor)))


@pytest.mark.contention
def test_two_workers_at_once_read_an_upload_once(clerk: Actor) -> None:
    upload_id = send(clerk, DATA)
    results = at_once(*[lambda: read_upload(upload_id=upload_id, clock=lambda: NOW)] * 3)
    assert sorted(map(bool, results)) == [False, False, True]
    assert (selectors.get_upload(upload_id).added, UploadChange.objects.count()) == (3, 3)


@pytest.mark.contention
def test_committing_twice_at_once_lands_once(clerk: Actor, brand_id: int) -> None:
    view = preview(clerk, DATA)
    at_once(*[lambda: apply.apply_upload(actor=clerk, upload_id=view.id, now=later(1))] * 3)
    assert units(brand_id) == {"A100 黑色 S": 10, "A100 黑色 M": 10, "A100 黑色 L": 10}
    assert traces() == (3, 3)
    assert violations_of("inventory") == []


@contextmanager
def holding(table: str) -> Iterator[None]:
    """Keep others from writing a table, so that a transaction stops just there."""
    with psycopg.connect(_address()) as other:
        other.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield
        other.rollback()


def _address() -> str:
    found = settings.DATABASES["default"]
    user = f"{found['USER']}:{found['PASSWORD']}" if found["PASSWORD"] else found["USER"]
    return f"postgresql://{user}@{found['HOST']}:{found['PORT']}/{connection.settings_dict['NAME']}"


def worker(code: str) -> "subprocess.Popen[bytes]":
    """Another process of the marketplace at work on the same data."""
    begin = "import django; django.setup(); from kernel import clock; from accounts.selectors import get_actor; "
    return subprocess.Popen(
        [sys.executable, "-c", begin + code],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": _address(),
            "WEICANG_STORAGE": settings.STORAGE_URL,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        },
        stderr=subprocess.DEVNULL,
    )


def kill_once_blocked(process: "subprocess.Popen[bytes]", statement: str) -> None:
    """Wait until the process waits in `statement` for a lock, then kill -9 it, and until its connection is gone."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
    with connection.cursor() as cursor:
        for _ in range(400):
            cursor.execute(waiting, [f"%{statement}%"])
            if cursor.fetchone()[0]:
                break
            assert process.poll() is None, "the worker ended before it came to the lock"
            time.sleep(0.05)
        else:
            pytest.fail(f"nobody ever waited in {statement}")
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        for _ in range(200):
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s",
                [f"%{statement}%"],
            )
            if not cursor.fetchall():
                return
            time.sleep(0.05)


@pytest.mark.faults
def test_a_worker_killed_while_staging_leaves_nothing_and_the_upload_resumes(clerk: Actor) -> None:
    upload_id = send(clerk, DATA)
    with holding("inventory_uploadfault"):
        process = worker(
            f"from inventory.uploads.parse import read_upload; read_upload(upload_id={upload_id}, clock=clock.now)"
        )
        kill_once_blocked(process, "inventory_uploadfault")
    assert state_of(upload_id) == "reading"
    assert (UploadChange.objects.count(), UploadFault.objects.count()) == (0, 0)

    lease_ends = UploadJob.objects.get().lease_until
    assert lease_ends is not None
    assert claimable_uploads(now=lease_ends - timedelta(seconds=1)) == []
    assert claimable_uploads(now=lease_ends) == [upload_id]
    assert read_upload(upload_id=upload_id, clock=lambda: lease_ends)
    view = selectors.get_upload(upload_id)
    assert (view.state, view.added, view.faults) == (UploadState.PREVIEW, 3, 1)


@pytest.mark.faults
def test_a_commit_killed_at_its_end_leaves_nothing_and_can_be_made_again(clerk: Actor, brand_id: int) -> None:
    view = preview(clerk, DATA)
    before = traces()
    with holding("accounts_auditentry"):
        process = worker(
            "from inventory.uploads.apply import apply_upload; "
            f"apply_upload(actor=get_actor({clerk.own_id}), upload_id={view.id}, now=clock.now())"
        )
        kill_once_blocked(process, "accounts_auditentry")
    assert (traces(), stock(brand_id), state_of(view.id)) == (before, [], "preview")
    apply.apply_upload(actor=clerk, upload_id=view.id, now=later(1))
    assert units(brand_id) == {"A100 黑色 S": 10, "A100 黑色 M": 10, "A100 黑色 L": 10}


@pytest.mark.faults
def test_a_worker_that_lost_its_lease_writes_nothing(clerk: Actor) -> None:
    upload_id = send(clerk, DATA)

    def lose_it() -> object:
        # Between its claim and its preview another worker takes over: its clock tells, its token does not fit any more.
        UploadJob.objects.filter(pk=upload_id, upload__state="reading").update(fencing_token=9)
        return NOW

    assert read_upload(upload_id=upload_id, clock=_first(NOW, then=lose_it))
    assert (state_of(upload_id), UploadChange.objects.count()) == ("reading", 0)


@pytest.mark.faults
def test_an_upload_cancelled_while_it_is_read_stays_cancelled(clerk: Actor) -> None:
    upload_id = send(clerk, DATA)

    def cancel() -> object:
        if state_of(upload_id) == "reading":
            receive.cancel_upload(actor=clerk, upload_id=upload_id, now=NOW)
        return NOW

    assert read_upload(upload_id=upload_id, clock=_first(NOW, then=cancel))
    assert (state_of(upload_id), UploadChange.objects.count()) == ("cancelled", 0)


def test_a_file_that_kills_every_reader_is_refused_in_the_end(clerk: Actor) -> None:
    upload_id = send(clerk, DATA)
    Upload.objects.filter(pk=upload_id).update(state="reading")
    UploadJob.objects.filter(pk=upload_id).update(attempts=MAX_ATTEMPTS, lease_until=NOW)
    assert read_upload(upload_id=upload_id, clock=lambda: NOW + LEASE)
    view = selectors.get_upload(upload_id)
    assert (view.state, view.reason) == (UploadState.REFUSED, "reader_died")


def _first(value: object, *, then: Callable[[], object]) -> Callable[[], Any]:
    """A clock that says one thing first and does another from then on."""
    told: list[object] = []

    def read() -> object:
        if not told:
            told.append(value)
            return value
        return then()

    return read
