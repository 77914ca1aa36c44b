"""What belongs to one reseller or brand does not exist for another one, on pages and in the API (AFTER-8, PRIVACY-2)."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import Person
from accounts.selectors import actor_of
from brands.models import Brand
from brands.services import add_clerk
from config.api import api
from kernel import clock
from tests.pages import walk
from tests.sample_data import PASSWORD, SampleData

pytestmark = pytest.mark.django_db

PARAMETER = re.compile(r"[<{](?:\w+:)?(\w+)[>}]")
SHARED = {"sale_id", "style_id", "sku_id", "width", "kind"}
"""What several resellers or brands may name in an address: goods, sales and kinds of their own accounts."""
OWN = {"token_id", "code_id"}
"""What the sample data has none of."""
OWNED_WORDS = (b"May Wang", b"Lei Li", b"13800138000", b"13900139000", b"Ms Li", b"13700137000")
WRITE = re.compile(r"^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
TYPED = {
    "key": "stranger", "units": "1", "text": "x", "name": "Ann Lee", "phone": "13812345678", "carrier": "顺丰速运",
    "tracking_no": "SF1380013800012", "address": "浙江省杭州市西湖区文三路 1 号",
    "remark": "x", "state": "done", "take": "all", "expected": "1",
}  # fmt: skip
"""What the forms of the pages would take from their owner."""


@pytest.mark.parametrize("role", ["reseller", "brand"])
def test_rows_of_another_owner_cannot_be_read_or_changed(
    visitor: Callable[..., Client], sample: SampleData, role: str
) -> None:
    client = visitor(_stranger(sample, role), "en")
    amiss, asked = [], 0
    for method, address, body in _requests(sample, role):
        with transaction.atomic(), _writes() as written:
            answer = client.generic(method, address, **body)
            content = answer.getvalue()
            transaction.set_rollback(True)
        asked += 1
        told = [word for word in OWNED_WORDS if word in content]
        is_refused = answer.status_code in ((302, 404, 405) if not address.startswith("/api/") else (404, 422))
        if told or written or not is_refused:
            amiss.append(f"{method} {address} {answer.status_code} tells {told}, writes {written}")
    assert not amiss, "\n".join(amiss)
    assert asked >= {"reseller": 90, "brand": 45}[role]


@pytest.mark.parametrize(
    ("role", "address"), [("reseller", "/shop/orders/{order_id}/"), ("brand", "/portal/sales/{sale_id}/")]
)
def test_control_the_owner_finds_them(
    visitor: Callable[..., Client], sample: SampleData, role: str, address: str
) -> None:
    assert visitor(role, "en").get(address.format(**sample.ids)).status_code == 200


def _stranger(sample: SampleData, role: str) -> str:
    """A member without orders, and a clerk of another admitted brand."""
    sample.logins |= {"other reseller": "friend", "other brand": "other-clerk"}
    if role == "brand" and not Person.objects.filter(login="other-clerk").exists():
        ops, brand = actor_of(Person.objects.get(login="ops")), Brand.objects.get(name="Pinecone")
        add_clerk(
            actor=ops, brand_id=brand.pk, login="other-clerk", name="Other", password=PASSWORD, now=clock.now()
        )  # fmt: skip
    return f"other {role}"


def _requests(sample: SampleData, role: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """A request to each address with the id of something that one reseller or brand has."""
    ids: dict[str, int | str] = {
        **sample.ids,
        "sha256": "0" * 64,
        "customer_id": sample.ids["recipient_id"],
        "photo_id": 1,
        "width": 320,
        "pack_id": 1,
        "name": 1,
        "code": 1,
    }
    schema = api.get_openapi_schema()
    for line in walk.ROUTES.read_text("utf-8").splitlines():
        method, path, *roles = line.split()
        names = set(PARAMETER.findall(path))
        if role not in roles or not names - SHARED or names & OWN:
            continue
        address = PARAMETER.sub(lambda found: str(ids[found[1]]), path)
        if method == "ANY":
            yield "GET", address, {}
            yield "POST", address, _form(TYPED)
        else:
            operation = schema["paths"][re.sub(r"{\w+:", "{", path)][method.lower()]
            yield method, address, _json(operation, schema["components"]["schemas"], ids)


def _form(fields: dict[str, str]) -> dict[str, Any]:
    return {"data": urlencode(fields), "content_type": "application/x-www-form-urlencoded"}


def _json(operation: Any, schemas: Any, ids: dict[str, int | str]) -> dict[str, Any]:
    """The body that the API's own description asks for, with ids of the owner."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return {}
    return {"data": json.dumps(_value(content["schema"], schemas, ids, "")), "content_type": "application/json"}


def _value(schema: Any, schemas: Any, ids: dict[str, int | str], name: str) -> Any:
    if "$ref" in schema:
        return _value(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, ids, name)
    for choice in ("anyOf", "allOf"):
        if choice in schema:
            return _value(schema[choice][0], schemas, ids, name)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            return {each: _value(schema["properties"][each], schemas, ids, each) for each in required}
        case "array":
            return [_value(schema["items"], schemas, ids, name.removesuffix("s"))]
        case "integer":
            return ids.get(name, 1)
        case "boolean":
            return True
    return TYPED.get(name, "10.00" if "price" in name else "words")


@contextmanager
def _writes() -> Iterator[list[str]]:
    """The tables in which rows are written meanwhile."""
    written: list[str] = []

    def watch(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        result = execute(sql, parameters, many, context)
        if (found := WRITE.match(sql)) and context["cursor"].rowcount:
            written.append(found[1])
        return result

    with connection.execute_wrapper(watch):
        yield written
