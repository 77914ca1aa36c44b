"""Who may call what: every route of the service, as every role and as nobody, against the table in routes.txt.

A route without a gate fails here before anybody can find it. To print the table anew (read the difference before it is committed):
`python manage.py shell -c "from tests.architecture.test_routes import print_table; print_table()" > tests/architecture/routes.txt`
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Person
from accounts.permissions import RoleAuth
from accounts.rules import SIGN_IN_ROLES, Role
from config.api import api
from tests.builders import person

TABLE = Path(__file__).with_name("routes.txt")
OPEN_BY_NATURE = {"openapi-json", "openapi-view", "api-root"}
API = "api/v1/"


def routes() -> Iterator[tuple[str, str, frozenset[Role] | None]]:
    """Method, path and roles of every route; None where anybody may call."""
    # Reading the addresses first is what joins routers that stand within routers to the API.
    patterns = list(_walk(get_resolver().url_patterns, ""))
    yield from _endpoints()
    for path, pattern in patterns:
        if pattern.name in OPEN_BY_NATURE:
            yield "GET", path, None
        elif not path.startswith(API):
            assert hasattr(pattern.callback, "roles"), f"{path} has no gate: say page_for(…) or public_page"
            yield "ANY", path, pattern.callback.roles


def _endpoints() -> Iterator[tuple[str, str, frozenset[Role] | None]]:
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                whole = f"{API}{prefix}{path}".replace("//", "/")
                roles = _roles_of(whole, operation.auth_callbacks)
                yield from ((method, whole, roles) for method in operation.methods)


def _walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        else:
            yield path, pattern


def _roles_of(path: str, gates: Any) -> frozenset[Role] | None:
    if not gates:
        return None
    [gate] = gates
    assert isinstance(gate, RoleAuth), f"{path} has a gate that is not ours"
    return gate.roles


def as_line(method: str, path: str, roles: frozenset[Role] | None) -> str:
    who = "anybody" if roles is None else " ".join(sorted(roles))
    return f"{method:6} /{path}  {who}"


def table() -> list[str]:
    return sorted((as_line(*route) for route in routes()), key=lambda line: (line.split()[1], line))


def test_every_route_is_in_the_table_with_those_who_may_call_it() -> None:
    assert table() == TABLE.read_text(encoding="utf-8").splitlines()


def _filled(path: str) -> str:
    """A path with something in each of its places; what is named need not exist, since the gate comes first."""
    return "/" + "/".join(_example(part) if "<" in part or "{" in part else part for part in path.split("/"))


def _example(part: str) -> str:
    if "sha256" in part:
        return "0" * 64 + "-320.jpg"
    return "1" if part.endswith((">", "}")) else "1" + part.rpartition(">")[2].rpartition("}")[2]


@pytest.mark.django_db
def test_every_route_opens_to_its_roles_and_to_nobody_else() -> None:
    clients: dict[Role | None, Client] = {None: Client()}
    for role in SIGN_IN_ROLES:
        clients[role] = Client(raise_request_exception=False)
        clients[role].force_login(Person.objects.get(pk=person(role).own_id))
    astray = []
    for method, path, roles in routes():
        if roles is None:
            continue
        for caller, client in clients.items():
            if path.startswith("sign-out"):
                continue
            answer = client.generic("GET" if method == "ANY" else method, _filled(path))
            turned_away = answer.status_code in (401, 403) or "/sign-in/" in answer.headers.get("Location", "")
            if caller not in roles and not turned_away:
                astray.append(f"{method} {path} lets in {caller}: {answer.status_code}")
            if caller in roles and turned_away and not _needs_more_than_a_role(caller, answer):
                astray.append(f"{method} {path} turns away {caller}: {answer.status_code}")
    assert not astray, "\n".join(astray)


def _needs_more_than_a_role(role: Role | None, answer: Any) -> bool:
    """A clerk without a brand and a person who is no member yet pass the gate and are refused behind it."""
    return role in (Role.BRAND, Role.RESELLER) and answer.status_code == 403


def print_table() -> None:
    sys.stdout.write("\n".join(table()) + "\n")
