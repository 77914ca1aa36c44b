"""All that the API may be sent and all that it answers with, walked: fields are known, texts bounded, names of schemas unique."""

import typing
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from annotated_types import MaxLen
from django import forms
from django.test import Client
from ninja.params.models import BodyModel
from pydantic import BaseModel, ValidationError

import config.urls  # noqa: F401 - loads every page, and with it every form
from accounts.models import AuditEntry, Person
from accounts.rules import SYSTEM, Actor
from accounts.services.audit import record
from brands.models import Brand
from config.api import api
from flashsales.api.sales import AddItemsIn, LimitsIn, SaleIn
from flashsales.models import Sale
from tests.builders import NOW, Marketplace
from web.schemas import Input, _bounded_object

MAX_LENGTH = 5000
LONG_TEXTS = {
    "forwarding.api.wishes.GroupListIn.text": 20_000,
    "forwarding.api.wishes.GroupWishesIn.text": 20_000,
    "orders.api.orders.PastedListIn.pasted": 20_000,
    "shop.forms.GroupListForm.text": 20_000,
    "shop.forms.PasteListForm.pasted": 20_000,
}
"""A pasted list of a whole group, or of many recipients, is longer than other texts."""


def operations() -> Iterator[Any]:
    for _prefix, router in api._routers:
        for view in router.path_operations.values():
            yield from view.operations


def within(kind: Any) -> Iterator[type[BaseModel]]:
    """The schemas in an annotation, and those in their fields."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from within(field.annotation)
    for argument in typing.get_args(kind):
        yield from within(argument)


def sent() -> set[type[BaseModel]]:
    """Of bodies, with what stands within them."""
    return {
        schema
        for operation in operations()
        for model in operation.models
        if issubclass(model, BodyModel)
        for field in model.model_fields.values()
        for schema in within(field.annotation)
    }


def unbounded(kind: Any, metadata: list[Any], longest: int = MAX_LENGTH) -> bool:
    """Whether a text longer than that fits somewhere into an annotation."""
    metadata = [part for each in metadata for part in (*getattr(each, "metadata", ()), each)]
    if kind is str:
        bounded = any(isinstance(each, MaxLen) and each.max_length <= longest for each in metadata)
        return not bounded and not any(getattr(each, "pattern", None) for each in metadata)
    if kind is Any:
        return True
    if typing.get_origin(kind) is dict and any(getattr(each, "func", None) is _bounded_object for each in metadata):
        return False
    if typing.get_origin(kind) is typing.Annotated:
        return unbounded(typing.get_args(kind)[0], [*metadata, *kind.__metadata__], longest)
    return any(unbounded(argument, [], longest) for argument in typing.get_args(kind))


def texts_of(schema: type[BaseModel]) -> Iterator[tuple[str, Any, list[Any]]]:
    for name, field in schema.model_fields.items():
        yield f"{schema.__module__}.{schema.__name__}.{name}", field.annotation, field.metadata


def test_every_body_refuses_fields_that_it_does_not_know() -> None:
    schemas = sent()
    assert {AddItemsIn, LimitsIn} < schemas
    assert [schema.__name__ for schema in schemas if not issubclass(schema, Input)] == []
    assert all(schema.model_config.get("extra") == "forbid" for schema in schemas)


def test_every_text_that_is_sent_is_bounded() -> None:
    fields = [each for schema in sent() for each in texts_of(schema)]
    for operation in operations():
        for model in operation.models:
            fields += [
                (f"{operation.operation_id or operation.path} {name}", field.annotation, field.metadata)
                for name, field in model.model_fields.items()
            ]
            fields += [each for field in model.model_fields.values() for schema in within(field.annotation)
                       for each in texts_of(schema)]  # fmt: skip
    assert len(fields) > 200
    loose = {name for name, kind, metadata in fields if unbounded(kind, metadata, LONG_TEXTS.get(name, MAX_LENGTH))}
    assert sorted(loose) == []


def test_an_unbounded_text_is_found() -> None:
    class Loose(Input):
        one: str
        many: list[str]
        named: dict[str, int]
        terms: dict[str, Any]

    assert [unbounded(kind, metadata) for _, kind, metadata in texts_of(Loose)] == [True] * 4


def forms_of_pages() -> set[type[forms.BaseForm]]:
    found: set[type[forms.BaseForm]] = set()
    waiting: list[type[forms.BaseForm]] = [forms.BaseForm]
    while waiting:
        for form in waiting.pop().__subclasses__():
            waiting.append(form)
            if not form.__module__.startswith(("django.", "tests.")):
                found.add(form)
    return found


def test_every_text_of_a_form_is_bounded() -> None:
    loose = []
    for form in forms_of_pages():
        for name, field in form.base_fields.items():  # type: ignore[attr-defined]  # the stubs leave it out
            full_name = f"{form.__module__}.{form.__name__}.{name}"
            longest = LONG_TEXTS.get(full_name, MAX_LENGTH)
            if isinstance(field, forms.CharField) and (field.max_length or longest + 1) > longest:
                loose.append(full_name)
    assert len(forms_of_pages()) > 20
    assert not loose, "\n".join(sorted(loose))


def test_every_schema_has_a_name_of_its_own() -> None:
    """The document of the API knows schemas by their names: of two alike it showed one for both."""
    by_name: defaultdict[str, set[type[BaseModel]]] = defaultdict(set)
    for operation in operations():
        answers = [model for model in operation.response_models.values() if isinstance(model, type)]
        for model in (*operation.models, *answers):
            for field in model.model_fields.values():
                for schema in within(field.annotation):
                    by_name[schema.__name__].add(schema)
    assert len(by_name) > 100
    assert {name: sorted(map(str, each)) for name, each in by_name.items() if len(each) > 1} == {}


def client(actor: Actor) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(Person.objects.get(pk=actor.own_id))
    return made


@pytest.mark.django_db
def test_a_misspelt_limit_is_refused_and_sets_none() -> None:
    market = Marketplace()
    sku = market.sku()
    sale = market.draft(sku)
    path = f"/api/v1/sales/{sale}/items"
    for body, where in (
        ({"lines": [], "limit_unit": 1}, "body.limit_unit"),
        ({"lines": [{"sku_id": sku, "units": 1, "limt_units": 1}]}, "body.lines.0.limt_units"),
    ):
        answer = client(market.ops).post(path, body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
        assert [fault["where"] for fault in answer.json()["fields"]["faults"]] == [where]
    assert Sale.objects.get(pk=sale).limit_units is None


@pytest.mark.django_db
def test_a_misspelt_parameter_is_refused_and_named() -> None:
    market = Marketplace()
    answer = client(market.ops).get("/api/v1/brands?stauts=admitted&limit=2")
    assert (answer.status_code, answer.json()["code"]) == (422, "request.unknown_parameter")
    assert answer.json()["fields"] == {"names": "stauts"}
    assert client(market.ops).get("/api/v1/brands?status=admitted&limit=2").status_code == 200
    assert client(market.ops).post(f"/api/v1/brands/{market.brand_id}/admit?force=1").status_code == 422
    assert Client().get("/api/v1/brands?stauts=x").status_code == 401


@pytest.mark.django_db
def test_a_text_of_megabytes_is_refused() -> None:
    market = Marketplace()
    body = {"name": "x" * 4_900_000, "annual_sales": "1.00", "offline_shops": 1, "commission_rate": "0.1"}
    answer = client(market.ops).post("/api/v1/brands", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert len(answer.content) < 1000
    assert Brand.objects.count() == 1


def test_terms_are_bounded_as_a_whole() -> None:
    terms = {"ending": "x" * 4000}
    with pytest.raises(ValidationError, match="at most 4000 characters"):
        SaleIn.model_validate({"brand_id": 1, "title": "专场", "starts_at": "2026-11-22T00:00:00Z", "terms": terms})


@pytest.mark.django_db
def test_a_long_text_in_the_audit_trail_is_cut() -> None:
    record(
        actor=SYSTEM,
        action="tests.long",
        kind="person",
        subject_id=1,
        details={"label": "字" * 5_000_000, "all": [{"deep": "x" * 1001}], "short": "x" * 1000, "units": 3},
        now=NOW,
    )
    assert AuditEntry.objects.get(action="tests.long").details == {
        "label": "字" * 999 + "…",
        "all": [{"deep": "x" * 999 + "…"}],
        "short": "x" * 1000,
        "units": 3,
    }
