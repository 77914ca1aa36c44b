"""Settings come from the environment, and a missing or senseless one stops the start with a sentence that names it."""

import json
import os
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from psycopg.conninfo import conninfo_to_dict

CONNECT_SECONDS = 3
RECONNECT_SECONDS = 1
"""So long a pool tries by itself to replace a lost connection. Its pauses double: left to itself it would find a server that was away for a
minute up to a minute after its return. Once it has given up, the next request tries at once.
"""
PLACEHOLDER = "change-me"
"""Stands in the templates of deploy/ for what must be chosen."""
STORAGE_OPTIONS = {"endpoint", "region", "virtual_host"}


class BadSetting(Exception):
    """A setting is missing or makes no sense."""


def text(name: str, default: str | None = None, *, environ: Mapping[str, str] = os.environ) -> str:
    value = environ.get(name, "") or default
    if value is None:
        raise BadSetting(
            f"{name} is not set. `python3 noxfile.py -s demo` sets it for you; the README lists all settings."
        )
    _require_own(name, value)
    return value


def secret(name: str, *, least: int, environ: Mapping[str, str] = os.environ) -> str:
    """A secret of at least so many characters; "" where none is set."""
    value = environ.get(name, "")
    if value and len(value) < least:
        raise BadSetting(f"{name} must have at least {least} characters.")
    _require_own(name, value)
    return value


def _require_own(name: str, value: str) -> None:
    if PLACEHOLDER in value:
        raise BadSetting(f"{name} still has the placeholder {PLACEHOLDER} of deploy/: everybody knows it.")


def whole(name: str, default: int, *, least: int, environ: Mapping[str, str] = os.environ) -> int:
    value = environ.get(name, "") or str(default)
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise BadSetting(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def rate(name: str, default: str, *, environ: Mapping[str, str] = os.environ) -> Decimal:
    """A share from 0 up to, not including, 1 with at most three decimals, such as 0.13."""
    value = environ.get(name) or default
    if not re.fullmatch(r"0(\.[0-9]{1,3})?", value, re.ASCII):
        raise BadSetting(f"{name} must be a share such as 0.13, not {value!r}.")
    return Decimal(value)


def switch(name: str, *, default: str = "0", environ: Mapping[str, str] = os.environ) -> bool:
    value = environ.get(name, "") or default
    if value not in ("0", "1"):
        raise BadSetting(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1"


def address(name: str, default: str, *, is_private: bool = False, environ: Mapping[str, str] = os.environ) -> str:
    """The address of a service on the web, "" where none is set and none is the default.

    Over https unless it is on this machine; http will do where the service `is_private`, in a network of the operator's own.
    """
    url = text(name, default, environ=environ) if default else environ.get(name, "")
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and (is_private or parts.hostname in ("127.0.0.1", "localhost", "::1"))
    if url and not (
        parts.hostname and (parts.scheme == "https" or is_local) and not parts.query and not parts.fragment
    ):
        raise BadSetting(f"{name} must be an address such as https://example.com, not {url!r}.")
    return url


def file_text(name: str, *, environ: Mapping[str, str] = os.environ) -> str:
    """What is written in the file that a setting names, such as a key; "" where none is set."""
    path = environ.get(name, "")
    if not path:
        return ""
    try:
        found = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as cause:
        raise BadSetting(f"{name} names the file {path}, which cannot be read.") from cause
    if not found:
        raise BadSetting(f"{name} names the file {path}, which is empty.")
    return found


def mail_server(name: str, *, environ: Mapping[str, str] = os.environ) -> str:
    """The address of an SMTP server, `smtps://user:password@host:465` or `smtp://…:587`; "" where none is set."""
    url = environ.get(name, "")
    if url and not _is_mail_server(url):
        raise BadSetting(f"{name} must be an address such as smtps://user:password@smtp.example.com:465.")
    return url


def _is_mail_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_named = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_named and parts.path in ("", "/") and not parts.query and not parts.fragment


def mapping(name: str, *, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """A JSON object; empty where nothing is set."""
    value = environ.get(name, "") or "{}"
    try:
        found = json.loads(value)
    except ValueError as cause:
        raise BadSetting(f"{name} must be a JSON object, not {value!r}.") from cause
    if not isinstance(found, dict):
        raise BadSetting(f"{name} must be a JSON object, not {value!r}.")
    return found


def storage(name: str, *, default: str, environ: Mapping[str, str] = os.environ) -> str:
    """The address of the file store: `file:///folder`, or `s3://bucket/prefix?endpoint=https://…` (`storage.files` reads it)."""
    url = text(name, default, environ=environ)
    if not (_is_folder(url) or _is_bucket(url)):
        raise BadSetting(
            f"{name} must be file:///folder (with %3F for ? and %23 for #) or s3://bucket/prefix with each of the options"
            f" {', '.join(sorted(STORAGE_OPTIONS))} at most once, not {url!r}."
        )
    return url


def _is_folder(url: str) -> bool:
    """Whether all of it names a folder: what stands behind a plain ? or # would be cut off."""
    address = urlsplit(url)
    return address.scheme == "file" and not address.netloc and address.path.startswith("/") and not set("?#") & set(url)


def _is_bucket(url: str) -> bool:
    address = urlsplit(url)
    try:
        options = parse_qsl(address.query, keep_blank_values=True, strict_parsing=True) if address.query else []
    except ValueError:
        return False
    names = {key for key, _ in options}
    known = names <= STORAGE_OPTIONS and len(names) == len(options) and all(value for _, value in options)
    return address.scheme == "s3" and bool(address.netloc) and known and "#" not in url


def database(
    name: str,
    *,
    threads: int,
    statement_seconds: int = 0,
    prepares: bool = True,
    environ: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """Django's settings of a PostgreSQL address (`postgresql://user:password@host:port/name`), with a pool per process.

    PostgreSQL ends a statement that takes longer than `statement_seconds`; 0 is no limit. Only cursors of `db.prepared` prepare statements,
    and none without `prepares`.
    """
    url = text(name, environ=environ)
    if not url.startswith(("postgresql://", "postgres://")):
        raise BadSetting(f"{name} must start with postgresql:// — PostgreSQL is the only database of this service.")
    try:
        parts = conninfo_to_dict(url)
    except Exception as cause:
        raise BadSetting(f"{name} is not an address of a PostgreSQL database: {cause}") from cause
    if not str(parts.get("port", "")).isdigit() and "port" in parts:
        raise BadSetting(f"{name} names a port that is no number: {parts['port']}.")
    known = {"host", "port", "user", "password", "dbname"}
    options = {"connect_timeout": CONNECT_SECONDS} | {key: value for key, value in parts.items() if key not in known}
    if statement_seconds:
        given = options.get("options", "")
        options["options"] = f"-c statement_timeout={statement_seconds}s {given}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "NAME": parts.get("dbname", ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": options
        | {"prepare_threshold": 0 if prepares else None}
        | {
            "pool": {
                "min_size": 1,
                "max_size": threads + 2,
                "timeout": CONNECT_SECONDS,
                "reconnect_timeout": RECONNECT_SECONDS,
            }
        },
    }
