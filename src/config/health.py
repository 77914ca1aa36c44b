"""Is the house alive, and is it ready to serve?"""

from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.gates import public_page


@public_page
def live(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "alive"})


@public_page
def ready(request: HttpRequest) -> HttpResponse:
    """200 when PostgreSQL and Redis answer and no migration is missing, else 503 with what is wrong."""
    checks = {"database": _try(_check_database), "redis": _try(_check_redis)}
    whole = all(state == "ok" for state in checks.values())
    return JsonResponse({"status": "ready" if whole else "not ready", **checks}, status=200 if whole else 503)


def _try(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever stops a part is what the answer must say
        return type(error).__name__


def _check_database() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} migrations missing" if missing else "ok"


def _check_redis() -> str:
    cache.set("ready", 1, 5)
    return "ok" if cache.get("ready") == 1 else "no answer"
