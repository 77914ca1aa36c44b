"""Is the service alive, and is it ready to serve?"""

import json
import logging
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from typing import cast

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.permissions import public_page
from storage.files import get_store

log = logging.getLogger("weicang.health")

MAX_SECONDS_FOR_BROKER = 2


@public_page
def live(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "alive"})


@public_page
def ready(request: HttpRequest) -> HttpResponse:
    """200 when all that requests need is there, else 503 with what is missing. Why it is missing is in the log, not in the answer."""
    checks = {
        "database": _try("database", _check_database),
        "redis": _try("redis", _check_redis),
        "broker": _try("broker", _check_broker),
        "storage": _try("storage", _check_storage),
        "static": _try("static", _check_static_files),
    }
    is_ready = all(state == "ok" for state in checks.values())
    return JsonResponse({"status": "ready" if is_ready else "not ready", **checks}, status=200 if is_ready else 503)


def _try(part: str, check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception:  # whatever stops a part is what the log must say
        log.exception("not ready: %s", part)
        return "unavailable"


def _check_database() -> str:
    missing = _migrations() - set(MigrationRecorder(connection).applied_migrations())
    return f"{len(missing)} migrations missing" if missing else "ok"


@lru_cache
def _migrations() -> frozenset[tuple[str, str]]:
    """Of this code; read once, since they do not change while it runs."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _check_redis() -> str:
    cache.set("ready", 1, 5)
    return "ok" if cache.get("ready") == 1 else "no answer"


def _check_broker() -> str:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=MAX_SECONDS_FOR_BROKER)
    return "ok"


def _check_storage() -> str:
    """Both the store and the folder of temporary files must have room for a workbook."""
    free_bytes = (get_store().free_bytes(), shutil.disk_usage(tempfile.gettempdir()).free)
    full = any(free is not None and free < settings.MAX_WORKBOOK_BYTES for free in free_bytes)
    return "disk full" if full else "ok"


def _check_static_files() -> str:
    """The pages ask for files by the names in the manifest that `collectstatic` writes."""
    manifest = cast("ManifestStaticFilesStorage", staticfiles_storage).read_manifest()
    if not manifest:
        return "manifest missing"
    missing = _static_files() - json.loads(manifest)["paths"].keys()
    return f"{len(missing)} files missing in the manifest" if missing else "ok"


@lru_cache
def _static_files() -> frozenset[str]:
    """Of this code, as `collectstatic` finds them."""
    ignored = apps.get_app_config("staticfiles").ignore_patterns  # type: ignore[attr-defined]
    return frozenset(path for finder in get_finders() for path, _ in finder.list(ignored))
