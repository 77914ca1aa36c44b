"""Backups of the database together with the files that its rows name, and restoring one into an empty place.

A place of backups is a store like that of the service: `file:///folder` or `s3://bucket/prefix?…`. It holds

    <name>/database/000000 …   the parts of a dump by pg_dump, in its custom format
    <name>/manifest.json       written last: a backup without it is unfinished, and never restored
    files/<key>                the files of the service, shared by all backups, since a file never changes

Files are copied, then the database is dumped from one snapshot, then the files are copied that are new. A row is committed after its file
is stored, so every file of a row in the snapshot is among those of the first or of the second time (docs/decisions/0329).
"""

import hashlib
import io
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import IO, Any, Final, cast

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg.conninfo import make_conninfo

from db import sql
from storage.files import get_store, store_at
from storage.folder import UNFINISHED
from storage.objects import ObjectMissing, ObjectStore, StoredObject

PART_BYTES: Final = 64 * 1024 * 1024
FILES: Final = "files"
JOB: Final = "backup"
"""Its name among the runs of jobs that the monitoring reads."""
MANIFEST: Final = "manifest.json"
_KNOWN_TO_ALL: Final = frozenset(
    {"host", "hostaddr", "port", "user", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout"}
)
"""Parameters of a connection that libpq of each version knows: psycopg brings a newer one than the programs of a server may have."""
_NAME: Final = "%Y-%m-%dT%H-%M-%SZ"
Say = Callable[[str], object]


class BackupFailed(Exception):
    """A backup could not be taken or restored; the message says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the dump. The pieces of a dump follow each other in the order of their keys."""

    key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: all that was committed when its snapshot was taken, at `as_of`."""

    name: str
    as_of: datetime
    parts: list[Part]
    files: dict[str, int]
    """The size of each file by its key in the store of the service."""

    def to_json(self) -> bytes:
        return json.dumps(asdict(self) | {"as_of": self.as_of.isoformat()}).encode()

    @classmethod
    def of_json(cls, content: bytes) -> "Manifest":
        found: dict[str, Any] = json.loads(content)
        return cls(
            found["name"],
            datetime.fromisoformat(found["as_of"]),
            [Part(**each) for each in found["parts"]],
            found["files"],
        )


def take(place: str, *, now: datetime, say: Say, keep: int | None = None) -> Manifest:
    """Take a backup into a place; with `keep`, all but so many of the newest ones are deleted then.

    Raises BackupFailed, and Busy where the place or the store cannot be reached.
    """
    if keep is not None and keep < 1:
        raise BackupFailed("At least one backup is kept.")
    store, target = get_store(), _place(place)
    with _one_at_a_time():
        files = _copy_new_files(store, target, say)
        name = now.astimezone(UTC).strftime(_NAME)
        as_of, parts = _dump(target, name)
        say(f"database: {sum(each.size_bytes for each in parts)} bytes, as of {as_of.isoformat()}")
        files |= _copy_new_files(store, target, say)
        manifest = Manifest(name, as_of, parts, files)
        if not target.create(f"{name}/{MANIFEST}", io.BytesIO(manifest.to_json())):
            raise BackupFailed(f"There is a backup {name} already.")
        if keep is not None:
            # Under the same lock: a backup that is being taken has stored files that no manifest names yet.
            say(f"deleted: {_delete_old(target, keep)} objects of older backups")
    return manifest


def names(place: str) -> list[str]:
    """The complete backups of a place, the newest first."""
    return _names(_place(place))


def restore(place: str, name: str, *, say: Say) -> Manifest:
    """Restore a backup into the database and the store that the settings name, both empty.

    The files come first and the database last, in one transaction: a restore that failed may be begun again. Raises BackupFailed.
    """
    source, store = _place(place), get_store()
    manifest = _manifest(source, name)
    _require_empty(store, manifest)
    for key, size_bytes in manifest.files.items():
        store.create(key, io.BytesIO(_read(source, f"{FILES}/{key}")))
        restored = store.head(key)
        if restored is None or restored.size_bytes != size_bytes:
            raise BackupFailed(f"The file {key} has another size in the backup than when it was taken: it is damaged.")
    say(f"files: {len(manifest.files)}")
    _load(source, manifest)
    say(f"database: {sum(each.size_bytes for each in manifest.parts)} bytes of dump")
    return manifest


def missing_migrations() -> int:
    """How many migrations of this code the database lacks. Raises BackupFailed where it is of newer code."""
    ours = set(MigrationLoader(None).disk_migrations)
    applied = set(MigrationRecorder(connection).applied_migrations())
    # Migrations that were squashed and then deleted are in the database and not in the code; a number tells the two apart.
    newest = {app: max(name for each, name in ours if each == app) for app, _ in ours}
    newer = sorted(f"{app}.{name}" for app, name in applied - ours if app in newest and name > newest[app])
    if newer:
        raise BackupFailed(
            f"The backup is of a newer version, which has {newer[0]}: restore it with the code of that version."
        )
    return len(ours - applied)


def _names(target: ObjectStore) -> list[str]:
    found = [PurePosixPath(each.key) for page in target.pages("") for each in page if not each.key.startswith(FILES)]
    return sorted((str(path.parent) for path in found if path.name == MANIFEST), reverse=True)


def _delete_old(target: ObjectStore, keep: int) -> int:
    """Delete all but the newest backups, unfinished ones that are older, and files that no backup names any more; how many objects."""
    kept = _names(target)[:keep]
    needed = {key for name in kept for key in _manifest(target, name).files}
    deleted = 0
    for page in list(target.pages("")):
        for each in page:
            first, _, rest = each.key.partition("/")
            is_old = rest not in needed if first == FILES else first < kept[-1] and first != UNFINISHED
            if is_old:
                target.delete(each.key)
                deleted += 1
    return deleted


def _place(url: str) -> ObjectStore:
    if url == settings.STORAGE_URL:
        raise BackupFailed("The place of backups is the store of the service itself.")
    return store_at(url)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not sql.value("SELECT pg_try_advisory_lock(hashtext('backups'))", {}):
        raise BackupFailed("Another backup is being taken.")
    try:
        yield
    finally:
        sql.value("SELECT pg_advisory_unlock(hashtext('backups'))", {})


def _manifest(target: ObjectStore, name: str) -> Manifest:
    try:
        return Manifest.of_json(target.read(f"{name}/{MANIFEST}"))
    except ObjectMissing as missing:
        raise BackupFailed(f"There is no complete backup {name}.") from missing


def _require_empty(store: ObjectStore, manifest: Manifest) -> None:
    """Refuse where something would be mixed with the backup. Files of the backup itself are there after a restore that failed."""
    if connection.introspection.table_names():
        raise BackupFailed("The database is not empty. Name an empty one by DATABASE_URL.")
    other = next((each.key for each in _files(store) if each.key not in manifest.files), None)
    if other is not None:
        raise BackupFailed(f"The store is not empty, it has {other}. Name an empty one by WEICANG_STORAGE.")


def _copy_new_files(store: ObjectStore, target: ObjectStore, say: Say) -> dict[str, int]:
    """Copy the files that the place has not; returns the sizes of all that the store has by their keys.

    A file that is deleted meanwhile is left out: retention does not need it.
    """
    there = {each.key for page in target.pages(FILES) for each in page}
    sizes, copied = {}, 0
    for each in _files(store):
        key = f"{FILES}/{each.key}"
        if key not in there:
            try:
                # Whole: a bucket's client cannot send what it is still receiving.
                target.create(key, io.BytesIO(store.read(each.key)))
            except ObjectMissing:
                continue
            copied += 1
        sizes[each.key] = each.size_bytes
    say(f"files: {len(sizes)}, of them new {copied}")
    return sizes


def _files(store: ObjectStore) -> Iterator[StoredObject]:
    return (each for page in store.pages("") for each in page if not each.key.startswith(f"{UNFINISHED}/"))


def _read(source: ObjectStore, key: str) -> bytes:
    try:
        return source.read(key)
    except ObjectMissing as missing:
        raise BackupFailed(f"{key} is missing in the backup.") from missing


def _dump(target: ObjectStore, name: str) -> tuple[datetime, list[Part]]:
    """Dump the database from a snapshot of this moment."""
    with transaction.atomic():
        sql.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", {})
        # The snapshot stands still in this transaction for as long as the dump takes; deploy/ ends idle ones after a minute.
        sql.execute("SET LOCAL idle_in_transaction_session_timeout = 0", {})
        [now] = sql.rows("SELECT pg_export_snapshot() AS snapshot, now() AS as_of", {})
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={now['snapshot']}")
        parts: list[Part] = []
        with _program("pg_dump", *options, stdout=subprocess.PIPE) as process:
            output = cast("IO[bytes]", process.stdout)
            while content := output.read(PART_BYTES):
                key = f"{name}/database/{len(parts):06}"
                target.create(key, io.BytesIO(content))
                parts.append(Part(key, len(content), hashlib.sha256(content).hexdigest()))
        return now["as_of"], parts


def _load(source: ObjectStore, manifest: Manifest) -> None:
    options = ("--format=custom", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    with _program("pg_restore", *options, stdin=subprocess.PIPE) as process:
        output = cast("IO[bytes]", process.stdin)
        for part in manifest.parts:
            data = _read(source, part.key)
            if hashlib.sha256(data).hexdigest() != part.sha256:
                raise BackupFailed(f"The part {part.key} of the dump is damaged.")
            try:
                output.write(data)
            except BrokenPipeError:
                break  # its exit status says that it failed, and its message why
        with suppress(BrokenPipeError):
            output.close()


@contextmanager
def _program(
    name: str, *options: str, stdin: int | None = None, stdout: int | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program of PostgreSQL on our database. The password is handed over in the environment: the command line is everybody's."""
    connection.ensure_connection()
    ours = connection.connection.info
    target = {name: value for name, value in ours.get_parameters().items() if name in _KNOWN_TO_ALL}
    command = [str(PurePosixPath(settings.POSTGRES_PROGRAMS) / name), *options, f"--dbname={make_conninfo(**target)}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    try:
        process = subprocess.Popen(  # noqa: S603 - a program that the operator names
            command, env=environment | {"PGPASSWORD": ours.password}, stdin=stdin, stdout=stdout
        )
    except FileNotFoundError as missing:
        raise BackupFailed(
            f"There is no program {command[0]}. WEICANG_POSTGRES_PROGRAMS names the folder of the programs of PostgreSQL."
        ) from missing
    with process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise BackupFailed(f"{name} failed with status {process.returncode}; its message stands above.")
