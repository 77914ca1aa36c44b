"""Running a rehearsal in a worker (REHEARSAL-2 to REHEARSAL-4).

The second database is made and filled, web processes of its own serve it on a free port of this machine, and a process of simulated buyers
asks them. All of these end with the worker, however it ends; what is left of the database is dropped before the next rehearsal.
"""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q

from flashsales.rules import Phase
from flashsales.selectors.sales import find_sale_that_is_live, get_sale
from rehearsals.models import Rehearsal
from rehearsals.rules import (
    QUIET_BEFORE_SALE,
    Curve,
    Plan,
    RehearsalState,
    Second,
    find_limit,
)
from rehearsals.services import second_database
from rehearsals.services.measuring import measure
from rehearsals.services.second_database import MayNotCreate

LEASE = timedelta(seconds=120)
SECONDS_TO_PREPARE = 600
SECONDS_TO_SERVE = 60
BEGUN = [RehearsalState.PREPARING.value, RehearsalState.RUNNING.value]
Clock = Callable[[], datetime]
log = logging.getLogger("weicang.rehearsals")


class Step(StrEnum):
    """What is being done, as a page tells it."""

    DATABASE = "database"
    GOODS = "goods"
    SERVER = "server"
    BUYERS = "buyers"


class Stopped(Exception):
    """The rehearsal is not to go on: `state` and `failure` say why."""

    def __init__(self, state: RehearsalState, failure: str = "", detail: str = "") -> None:
        super().__init__(failure or state.value)
        self.state, self.failure, self.detail = state, failure, detail


def run_rehearsal(*, rehearsal_id: int, clock: Clock) -> bool:
    """Run a rehearsal that waits, to its end; False where another worker has it or it does not wait."""
    now = clock()
    waiting = Rehearsal.objects.filter(pk=rehearsal_id, state=RehearsalState.WAITING.value)
    if not waiting.update(state=RehearsalState.PREPARING.value, started_at=now, lease_until=now + LEASE):
        return False
    row = Rehearsal.objects.get(pk=rehearsal_id)
    try:
        result = _run(row, clock)
        ended: dict[str, Any] = {"state": RehearsalState.DONE.value, "result": result}
    except Stopped as stopped:
        ended = {"state": stopped.state.value, "failure": stopped.failure, "failure_detail": stopped.detail}
    except Exception as error:
        # Whatever it was, ops must be able to ask for another one: an open rehearsal would refuse it.
        log.exception("a rehearsal failed", extra={"rehearsal": rehearsal_id})
        ended = {"state": RehearsalState.FAILED.value, "failure": "error", "failure_detail": f"{error}"[:2000]}
    Rehearsal.objects.filter(pk=rehearsal_id, state__in=BEGUN).update(
        **ended, ended_at=clock(), lease_until=None, step=""
    )
    return True


def end_lost(*, now: datetime) -> int:
    """End rehearsals whose worker is gone, and drop every database that none of the running ones uses; returns how many it ended."""
    begun = Rehearsal.objects.filter(state__in=BEGUN)
    ended = begun.filter(Q(lease_until__lt=now)).update(
        state=RehearsalState.FAILED.value, failure="worker_lost", ended_at=now, lease_until=None, step=""
    )
    second_database.drop_left_over(list(begun.values_list("pk", flat=True)))
    return ended


def list_waiting() -> list[int]:
    """Rehearsals that no worker has begun: the message of one may be lost."""
    return list(Rehearsal.objects.filter(state=RehearsalState.WAITING.value).values_list("pk", flat=True))


def _run(row: Rehearsal, clock: Clock) -> dict[str, Any]:
    plan = Plan(row.buyers, row.seconds, Curve(row.curve), row.web_processes, row.seed)
    _require_scheduled(row, clock)
    try:
        with (
            second_database.second_database(row.pk) as url,
            tempfile.TemporaryDirectory(prefix="weicang-rehearsal-") as folder,
        ):
            environment = _environment(url, Path(folder), row.pk)
            _step(row, Step.DATABASE, clock)
            _manage(row, clock, ["migrate", "--verbosity=0"], environment)
            _step(row, Step.GOODS, clock)
            asked = {
                "source": second_database.source_url(),
                "sale_id": row.sale_id,
                "plan": asdict(plan),
                "now": clock().isoformat(),
            }
            (file := Path(folder) / "asked.json").write_text(json.dumps(asked))
            prepared = json.loads(_manage(row, clock, ["prepare_rehearsal", str(file)], environment))
            _step(row, Step.SERVER, clock)
            with _web(row, clock, environment, plan.web_processes, Path(folder) / "web.log") as port:
                _step(row, Step.BUYERS, clock, state=RehearsalState.RUNNING)
                began_at = clock()
                seconds, told = _load(row, clock, port, plan, prepared["buyers"])
            unknown = told["totals"]["failed"] + told["unfinished"] + told["codes"].get("orders.grab_not_answered", 0)
            found = measure(
                url, row.sale_id, began_at=began_at, accepted=told["totals"]["accepted"], without_answer=unknown
            )
    except MayNotCreate as cause:
        raise Stopped(RehearsalState.FAILED, "may_not_create") from cause
    return found | {
        "seconds": [asdict(each) for each in seconds],
        "limit": asdict(find_limit(seconds)),
        "answers": told["totals"],
        "codes": told["codes"],
        "unfinished": told["unfinished"],
        "copied": prepared["copied"],
    }


def _require_scheduled(row: Rehearsal, clock: Clock) -> None:
    """Before anything is made: the message of a rehearsal may have waited long, and its sale may be cancelled or open by now."""
    _go_on(row, clock)
    if get_sale(row.sale_id, at=clock()).phase not in (Phase.WAITING, Phase.PREVIEW):
        raise Stopped(RehearsalState.FAILED, "not_scheduled")


def _environment(url: str, folder: Path, number: int) -> dict[str, str]:
    """That of the processes of the second database: its own cache, its own queue that no worker reads, its own folder of files."""
    name = f"{settings.CELERY_TASK_DEFAULT_QUEUE}-rehearsal-{number}"
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings"),
        "PYTHONPATH": os.pathsep.join([str(settings.SRC), str(settings.ROOT)]),
        "DATABASE_URL": url,
        "WEICANG_REPLICA_URL": "",  # It has the real goods.
        "WEICANG_DATA": str(folder),
        "WEICANG_STORAGE": folder.as_uri(),
        "WEICANG_CACHE_PREFIX": name,
        "WEICANG_QUEUE": name,
        "WEICANG_HOSTS": "127.0.0.1",
        # All simulated buyers have one address.
        "WEICANG_REQUESTS_OF_ADDRESS": "0",
        "WEICANG_LOG_LEVEL": "ERROR",
        "WEICANG_DEBUG": "0",
    }


def _step(row: Rehearsal, step: Step, clock: Clock, *, state: RehearsalState = RehearsalState.PREPARING) -> None:
    _go_on(row, clock)
    Rehearsal.objects.filter(pk=row.pk, lease_until__isnull=False).update(step=step.value, state=state.value)


def _go_on(row: Rehearsal, clock: Clock, progress: list[dict[str, Any]] | None = None) -> None:
    """Renew the lease and write the progress. Raises Stopped where the rehearsal was cancelled or a sale is live (REHEARSAL-1)."""
    now = clock()
    written: dict[str, Any] = {"lease_until": now + LEASE} | ({"progress": progress} if progress is not None else {})
    if not Rehearsal.objects.filter(pk=row.pk, lease_until__isnull=False).update(**written):
        raise Stopped(RehearsalState.CANCELLED)
    live = find_sale_that_is_live(at=now, opening_within=QUIET_BEFORE_SALE)
    if live is not None:
        raise Stopped(RehearsalState.FAILED, "sale_is_live", live.title)


def _manage(row: Rehearsal, clock: Clock, arguments: list[str], environment: Mapping[str, str]) -> str:
    """Run a management command on the second database; it is ended when the rehearsal is not to go on, and with this process."""
    command = [sys.executable, "-m", "rehearsals.until_parent_ends", "django", *arguments]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=errors, text=True
        )
        try:
            _wait(row, clock, process)
        finally:
            process.kill()
            process.communicate()
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            raise Stopped(RehearsalState.FAILED, "not_prepared", errors.read()[-2000:])
        return output.read()


def _wait(row: Rehearsal, clock: Clock, process: "subprocess.Popen[str]") -> None:
    begin = time.monotonic()
    while True:
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            _go_on(row, clock)
            if time.monotonic() - begin > SECONDS_TO_PREPARE:
                raise Stopped(RehearsalState.FAILED, "too_slow") from None
        else:
            return


@contextmanager
def _web(row: Rehearsal, clock: Clock, environment: Mapping[str, str], processes: int, errors: Path) -> Iterator[int]:
    """Web processes on a free port of this machine; they end with this process, however it ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener, errors.open("w+") as written:
        port = int(listener.getsockname()[1])
        listener.set_inheritable(True)
        command = [
            sys.executable, "-m", "rehearsals.until_parent_ends", "config.server",
            "--fd", str(listener.fileno()), "--workers", str(processes),
        ]  # fmt: skip
        server = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment, stdin=subprocess.PIPE, stdout=written, stderr=written,
            pass_fds=(listener.fileno(),), start_new_session=True,
        )  # fmt: skip
        try:
            if not _answers(row, clock, server, port):
                raise Stopped(RehearsalState.FAILED, "not_served", errors.read_text()[-2000:])
            yield port
        finally:
            _end_group(server)


def _answers(row: Rehearsal, clock: Clock, server: "subprocess.Popen[bytes]", port: int) -> bool:
    """Wait until the web processes answer; False where they do not within SECONDS_TO_SERVE."""
    begin = time.monotonic()
    while server.poll() is None and time.monotonic() - begin < SECONDS_TO_SERVE:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2).close()
        except OSError:
            time.sleep(0.2)
            _go_on(row, clock)
        else:
            return True
    return False


def _end_group(server: "subprocess.Popen[bytes]") -> None:
    """Ask the web processes to end, and kill what is left of them after some seconds."""
    assert server.stdin is not None
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    server.stdin.close()


def _load(
    row: Rehearsal, clock: Clock, port: int, plan: Plan, buyers: list[dict[str, Any]]
) -> tuple[list[Second], dict[str, Any]]:
    """Let the buyers come; returns what each second was like, and the sums. Progress is written each second."""
    asked = {"port": port, "seconds": plan.seconds, "sale_id": row.sale_id, "buyers": buyers}
    process = subprocess.Popen(
        [sys.executable, "-m", "rehearsals.load"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(settings.SRC), str(settings.ROOT)])},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    seconds: list[Second] = []
    told: dict[str, Any] | None = None
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            read = json.loads(line)
            if "totals" in read:
                told = read
                break
            seconds.append(Second(**read))
            _go_on(row, clock, [asdict(each) for each in seconds])
    finally:
        process.kill()
        process.communicate()
    if told is None:
        raise Stopped(RehearsalState.FAILED, "no_buyers")
    return seconds, told
