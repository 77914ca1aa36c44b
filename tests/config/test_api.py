"""Input that nobody should send: every answer is a refusal in the one shape, never a crash."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import Person
from flashsales.models import Sale
from membership.models import InvitationCode, MonthRollover
from tests.builders import Marketplace, item_of

pytestmark = pytest.mark.django_db
HUGE = 10**20


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


def client(person_id: int) -> Client:
    made = Client()
    made.force_login(Person.objects.get(pk=person_id))
    return made


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/brands", '{"name": "a\\u0000b", "annual_sales": "1.00", "offline_shops": 1, "commission_rate": "0.1"}'),
        ("/brands", '{"name": "青", "annual_sales": 1.5, "offline_shops": 1, "commission_rate": "0.1"}'),
        ("/brands", '{"name": "青", "annual_sales": "1e9", "offline_shops": 1, "commission_rate": "0.1"}'),
        ("/brands", f'{{"name": "青", "annual_sales": "1.00", "offline_shops": {HUGE}, "commission_rate": "0.1"}}'),
        ("/brands", '{"name": "青", "annual_sales": "1.00", "offline_shops": 1, "commission_rate": "NaN"}'),
        ("/brands", "not json"),
        ("/sales", '{"brand_id": 1, "title": "专场", "starts_at": "2026-11-22T00:00:00"}'),
        ("/sales", f'{{"brand_id": {HUGE}, "title": "专场", "starts_at": "2026-11-22T00:00:00Z"}}'),
        ("/sales/1/items", f'{{"lines": [{{"sku_id": {HUGE}, "units": {HUGE}}}]}}'),
        ("/platform-terms", '{"discounts": ["a"], "margin_rate": "0.1"}'),
    ],
)
def test_invalid_input_of_ops_is_refused_as_json(market: Marketplace, path: str, body: str) -> None:
    answer = client(market.ops.own_id).post(f"/api/v1{path}", body, content_type="application/json")
    assert answer.status_code in (400, 404, 422), answer.content
    assert set(answer.json()) == {"code", "message", "fields", "request_id"}


@pytest.mark.parametrize(
    "line",
    [
        {"item_id": HUGE, "units": 1, "recipient_id": 1},
        {"item_id": 1, "units": HUGE, "recipient_id": 1},
        {"item_id": 1, "units": 1, "recipient_id": HUGE},
        {"item_id": -1, "units": 1, "recipient_id": 1},
    ],
)
def test_a_grab_out_of_all_range_is_refused(market: Marketplace, line: dict[str, int]) -> None:
    daigou = market.reseller()
    body = {
        "key": "k",
        "lines": [{**line, **({"recipient_id": daigou.recipient_id} if line["recipient_id"] == 1 else {})}],
    }
    answer = client(daigou.actor.own_id).post("/api/v1/orders", body, content_type="application/json")
    assert answer.status_code in (404, 422), answer.content
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "path", [f"/sales/{HUGE}/styles/{HUGE}", f"/orders/{HUGE}", "/styles?cursor=%00", "/styles?cursor=bm8"]
)
def test_addresses_with_ids_out_of_range_are_missing(market: Marketplace, path: str) -> None:
    answer = client(market.reseller().actor.own_id).get(f"/api/v1{path}")
    assert answer.status_code in (404, 422), answer.content


def test_a_style_out_of_range_in_a_real_sale_is_missing(market: Marketplace) -> None:
    sku = market.sku()
    sale_id = market.sale(sku)
    assert item_of(sale_id, sku)
    answer = client(market.reseller().actor.own_id).get(f"/api/v1/sales/{sale_id}/styles/{HUGE}")
    assert answer.status_code in (404, 422), answer.content


def test_terms_of_a_sale_that_cannot_be_read_are_refused(market: Marketplace) -> None:
    body = {
        "brand_id": market.brand_id,
        "title": "专场",
        "starts_at": "2026-11-22T00:00:00Z",
        "terms": {"ending": "dozen", "discounts": "cheap"},
    }
    answer = client(market.ops.own_id).post("/api/v1/sales", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "flashsales.invalid_terms")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/v1/nowhere", 404, "request.no_such_address"),
        ("get", "/api/v1/orders/abc", 404, "request.no_such_address"),
        ("put", "/api/v1/orders", 405, "request.no_such_method"),
    ],
)
def test_requests_that_never_reach_the_api_are_refused_as_json(method: str, path: str, status: int, code: str) -> None:
    answer = getattr(Client(headers={"Accept-Language": "en"}), method)(path)
    assert (answer.status_code, sorted(answer.json())) == (status, ["code", "fields", "message", "request_id"])
    assert (answer.json()["code"], answer.json()["request_id"]) == (code, answer["X-Request-ID"])


def test_an_exception_of_the_api_is_answered_as_json(market: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("brands.selectors.brands.list_brands", breaks)
    caller = client(market.ops.own_id)
    caller.raise_request_exception = False
    answer = caller.get("/api/v1/brands")
    assert (answer.status_code, answer.json()["code"]) == (500, "request.failed")


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\uDFFFx"])
def test_invalid_characters_are_refused_from_anonymous_clients_too(text: str) -> None:
    for path in ("/api/v1/tokens", "/api/v1/join"):
        answer = Client().post(path, f'{{"login": "{text}", "password": "x"}}', content_type="application/json")
        assert (path, answer.status_code, answer.json()["code"]) == (path, 422, "request.invalid_text")


def test_a_whole_pair_of_surrogates_is_a_character() -> None:
    answer = Client().post(
        "/api/v1/tokens", r'{"login": "\ud83d\ude00", "password": "x"}', content_type="application/json"
    )
    assert answer.json()["code"] == "accounts.wrong_sign_in"


def test_a_page_asked_for_with_nul_is_refused_as_a_page(market: Marketplace) -> None:
    answer = client(market.reseller().actor.own_id).get("/shop/styles/?size=%00")
    assert (answer.status_code, "NUL" in answer.content.decode()) == (422, True)


def test_the_documentation_names_the_one_shape_of_refusals_and_money_as_strings() -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert len(operations) > 90
    for operation in operations:
        refused = operation["responses"]["default"]["content"]["application/json"]["schema"]
        assert refused == {"$ref": "#/components/schemas/Refused"}
    assert schema["components"]["schemas"]["Refused"]["required"] == ["code", "message", "fields", "request_id"]
    assert schema["components"]["schemas"]["Order"]["properties"]["total"]["type"] == "string"


NOT_PAGES = {
    "/ops/transfer-batches/waiting": "what one file for the bank can hold, at most two hundred",
    "/ops/transfer-batches/{batch_id}/requests": "the lines of one file, at most two hundred",
    "/bank-accounts/mine": "her own, a few",
    "/invoices/goods-to-invoice": "a month each, of the months that can be asked for",
    "/invoices/statements-to-invoice": "the statements that can be asked for at once",
    "/invoices/titles": "her own, a few",
    "/invoices/{invoice_id}/red-letters": "those of one invoice",
    "/invoices/{invoice_id}/corrections": "those of one invoice",
    "/brands/mine/clerks": "the few of one brand, entered by ops one by one",
    "/brands/{brand_id}/fees": "the few of one contract, entered one by one",
    "/carriers": "one small table, needed whole",
    "/categories": "one small tree, needed whole",
    "/consignments/backlog": "one row for each brand and hour of the clock",
    "/consignments/picking-list": "what one brand is to pick, needed whole",
    "/provider-payments/{payment_id}/orders": "at most those of one payment",
    "/provider-payments/{payment_id}/refunds": "at most a hundred of one payment",
    "/wallet/refunds": "her own that are on their way, at most a hundred",
    "/payment-ways": "the few ways to pay",
    "/sharing/channels": "her own and those of the service, at most thirty",
    "/customers/tags": "different tags of her book, at most a hundred",
    "/membership/codes": "her own, at most her quota a month",
    "/membership/notices": "the newest twenty",
    "/month-rollovers/preview": "at most a thousand members who would change, asked for by number",
    "/ops/notices/figures": "thirty days, a few channels, states and reasons",
    "/order-uploads/{upload_id}/faults": "what one report keeps, the rest is counted",
    "/order-lines/{line_id}/substitutes": "the colours and sizes of one style",
    "/orders/{order_id}/again": "the lines of one order",
    "/orders/{order_id}/exchange-options": "the lines of one order",
    "/orders/{order_id}/exchanges": "those of one order",
    "/orders/{order_id}/lines/{line_id}/why": "the steps of one price",
    "/orders/{order_id}/parcels": "the parcels of one order",
    "/orders/{order_id}/returnable": "the lines of one order",
    "/price-lists/{list_id}/differences": "the first so many, asked for by number",
    "/price-lists/{list_id}/why": "the steps of one price",
    "/sales/mine/{sale_id}/why": "the steps of one price",
    "/sales/{sale_id}/demand": "the fifty most wanted",
    "/sales/{sale_id}/quantity-terms": "the styles of one sale",
    "/sales/{sale_id}/rehearsals": "the latest twenty of one sale",
    "/sales/{sale_id}/styles/{style_id}/why": "the steps of one price",
    "/sales/{sale_id}/terms-warnings": "the styles of one sale",
    "/size-charts": "one for each category",
    "/styles/{style_id}/pictures": "at most twenty",
    "/substitutes": "what brands offered her within a day and she has not answered",
    "/tier-tables": "a handful of versions",
    "/transfer-claims": "her latest ten",
    "/ops/closed-days/comparisons": "the few things that a day is compared with",
    "/ops/closed-days/kinds": "one row for each kind of account",
    "/ops/bank-statements/{upload_id}/preview": "the lines of one file, at most 5,000",
    "/tokens": "her own, their number is limited",
    "/saved-filters": "at most twenty",
    "/waiting-list": "her own, their number is limited",
    "/wishes/waiting": "the sizes of the two hundred wishes that wait longest",
    "/uploads/{upload_id}/ignored": "the first thousand stretches",
}


def test_every_unbounded_list_is_paginated() -> None:
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    whole = set()
    for path, operations in paths.items():
        answer = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if answer.get("application/json", {}).get("schema", {}).get("type") == "array":
            whole.add(path.removeprefix("/api/v1"))
    assert whole == set(NOT_PAGES)


OUT_OF_REACH = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-01-01T00:00:00", "1999-12-31T00:00:00Z")


def inputs_of(schema: dict[str, Any], kind: str) -> Iterator[tuple[str, str, str]]:
    """Method, path and name of every parameter or body field of that format, as the document has them."""
    shapes = schema["components"]["schemas"]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            fields = shapes.get(body.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
            for name, field in fields.items():
                if any(each.get("format") == kind for each in (field, *field.get("anyOf", []))):
                    yield method, path, name
            for parameter in operation.get("parameters", []):
                told = parameter["schema"]
                if any(each.get("format") == kind for each in (told, *told.get("anyOf", []))):
                    yield method, path, f"?{parameter['name']}"


@pytest.mark.parametrize(("kind", "values"), [("date-time", OUT_OF_REACH), ("date", ("0001-01-01", "9999-12-31"))])
def test_every_instant_and_day_out_of_range_is_refused(market: Marketplace, kind: str, values: tuple[str, ...]) -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    asked = list(inputs_of(schema, kind))
    assert len(asked) >= 4
    for method, path, name in asked:
        for value in values:
            address = re.sub(r"\{\w+\}", "1", path.replace("/mine/accounts/{kind}", "/mine/accounts/deposit"))
            sent = {} if name.startswith("?") else {name: value}
            query = f"{name}={quote(value)}" if name.startswith("?") else ""
            of_resellers = path.startswith(
                (
                    "/api/v1/invoices",
                    "/api/v1/membership",
                    "/api/v1/profit",
                    "/api/v1/sharing",
                    "/api/v1/transfer-claims",
                    "/api/v1/wallet",
                )
            )
            of_finance = path.startswith("/api/v1/invoices/{")
            person = market.finance if of_finance else market.reseller().actor if of_resellers else market.ops
            person = market.clerk if path.startswith("/api/v1/brands/mine") else person
            answer = client(person.own_id).generic(
                method.upper(), f"{address}{query}", json.dumps(sent), content_type="application/json"
            )
            assert (path, value, answer.status_code) == (path, value, 422)
            assert name.lstrip("?") in str(answer.json()["fields"]), (path, answer.json())


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/platform-terms", {"discounts": ["1E400"] * 6, "margin_rate": "0", "ending": "fen"}),
        ("/platform-terms", {"discounts": ["0"] * 6, "margin_rate": "NaN", "ending": "fen"}),
        ("/price-controls", {"brand_id": 1, "action": 1, "starts_on": "2026-11-01", "floor_rate": "1E400"}),
        ("/commissions", {"rate": "1e-400", "from_at": "2026-12-01T00:00:00Z"}),
        ("/brands", {"name": "青", "annual_sales": "1.00", "offline_shops": 1, "commission_rate": "Infinity"}),
    ],
)
def test_an_invalid_rate_is_refused(market: Marketplace, path: str, body: dict[str, Any]) -> None:
    answer = client(market.ops.own_id).post(f"/api/v1{path}", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


def test_a_misspelt_term_of_a_sale_is_refused(market: Marketplace) -> None:
    body = {
        "brand_id": market.brand_id,
        "title": "专场",
        "starts_at": "2026-11-22T00:00:00Z",
        "terms": {"commision_rate": "0.1"},
    }
    answer = client(market.ops.own_id).post("/api/v1/sales", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "flashsales.invalid_terms")


@pytest.mark.parametrize("stranger", ["0", str(HUGE)])
def test_a_limit_for_goods_that_are_not_in_the_sale_is_refused(market: Marketplace, stranger: str) -> None:
    sale = market.sale(market.sku())
    body = {"limit_units": 5, "items": {stranger: 1}}
    answer = client(market.ops.own_id).put(f"/api/v1/sales/{sale}/limits", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (404, "flashsales.no_such_item")
    assert Sale.objects.get(pk=sale).limit_units is None


def test_a_month_before_the_first_member_has_no_rollover(market: Marketplace) -> None:
    market.reseller()
    answer = client(market.ops.own_id).post(
        "/api/v1/month-rollovers", {"month": "2001-01-01"}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "membership.before_any_member")
    assert not MonthRollover.objects.exists()


def test_a_day_out_of_range_is_refused_in_the_console_too(market: Marketplace) -> None:
    form = {"code-expires_at": "9999-12-31T23:59", "expires_at": "9999-12-31T23:59", "uses": "1", "do": "issue"}
    client(market.ops.own_id).post("/console/members/codes/", form)
    assert not InvitationCode.objects.filter(expires_at__year__gte=2200).exists()
    assert client(market.ops.own_id).get("/console/members/codes/").status_code == 200


# What a client in a loosely typed language sends by mistake must not become one unit.
@pytest.mark.parametrize("units", [True, "1", 1.0, None])
def test_units_accept_only_integers(market: Marketplace, units: Any) -> None:
    sku = market.sku()
    daigou = market.reseller(wallet_fen=2000_00)
    line = {"item_id": item_of(market.sale(sku), sku), "units": units, "recipient_id": daigou.recipient_id}
    answer = client(daigou.actor.own_id).post(
        "/api/v1/orders", {"key": "k", "lines": [line]}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert answer.json()["fields"]["faults"][0]["where"].endswith("lines.0.units")


def test_a_blank_key_is_refused(market: Marketplace) -> None:
    sku = market.sku()
    daigou = market.reseller(wallet_fen=2000_00)
    line = {"item_id": item_of(market.sale(sku), sku), "units": 1, "recipient_id": daigou.recipient_id}
    answer = client(daigou.actor.own_id).post(
        "/api/v1/orders", {"key": " ", "lines": [line]}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "orders.invalid_grab")


def test_prices_to_filter_by_are_not_negative(market: Marketplace) -> None:
    answer = client(market.reseller().actor.own_id).get("/api/v1/styles", {"min_price": "-1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


def test_the_description_of_the_api_says_which_answers_are_files() -> None:
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    for path, kind in {
        "/uploads/template": workbook,
        "/uploads/{upload_id}/file": "application/octet-stream",
        "/uploads/{upload_id}/annotated": "application/octet-stream",
        "/consignments/workbook": workbook,
        "/statements/{statement_id}/workbook": workbook,
    }.items():
        answer = paths[f"/api/v1{path}"]["get"]["responses"]["200"]
        assert answer["content"] == {kind: {"schema": {"type": "string", "format": "binary"}}}, path
