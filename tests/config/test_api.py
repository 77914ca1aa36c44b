"""Input that nobody should send: every answer is a refusal in the one shape, never a crash."""

import pytest
from django.test import Client

from accounts.models import Person
from tests.builders import House, item_of

pytestmark = pytest.mark.django_db
HUGE = 10**20


@pytest.fixture
def house() -> House:
    return House()


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
def test_senseless_input_of_ops_is_refused_in_the_one_shape(house: House, path: str, body: str) -> None:
    answer = client(house.ops.own_id).post(f"/api/v1{path}", body, content_type="application/json")
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
def test_a_grab_out_of_all_range_is_refused(house: House, line: dict[str, int]) -> None:
    daigou = house.reseller()
    body = {
        "key": "k",
        "lines": [{**line, **({"recipient_id": daigou.recipient_id} if line["recipient_id"] == 1 else {})}],
    }
    answer = client(daigou.actor.own_id).post("/api/v1/orders", body, content_type="application/json")
    assert answer.status_code in (404, 422), answer.content
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "path", [f"/sales/{HUGE}/styles/{HUGE}", f"/orders/{HUGE}", "/goods?after=%00", "/goods?after=bm8"]
)
def test_addresses_out_of_all_range_lead_nowhere(house: House, path: str) -> None:
    answer = client(house.reseller().actor.own_id).get(f"/api/v1{path}")
    assert answer.status_code in (404, 422), answer.content


def test_a_style_out_of_range_in_a_real_sale_is_missing(house: House) -> None:
    sku = house.sku()
    sale_id = house.sale(sku)
    assert item_of(sale_id, sku)
    answer = client(house.reseller().actor.own_id).get(f"/api/v1/sales/{sale_id}/styles/{HUGE}")
    assert answer.status_code in (404, 422), answer.content


def test_terms_of_a_sale_that_cannot_be_read_are_refused(house: House) -> None:
    body = {
        "brand_id": house.brand_id,
        "title": "专场",
        "starts_at": "2026-11-22T00:00:00Z",
        "terms": {"ending": "dozen", "discounts": "cheap"},
    }
    answer = client(house.ops.own_id).post("/api/v1/sales", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "flashsales.bad_terms")


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\uDFFFx"])
def test_what_is_no_character_is_refused_from_strangers_too(text: str) -> None:
    for path in ("/api/v1/tokens", "/api/v1/join"):
        answer = Client().post(path, f'{{"login": "{text}", "password": "x"}}', content_type="application/json")
        assert (path, answer.status_code, answer.json()["code"]) == (path, 422, "request.no_text")


def test_a_whole_pair_of_surrogates_is_a_character() -> None:
    answer = Client().post(
        "/api/v1/tokens", r'{"login": "\ud83d\ude00", "password": "x"}', content_type="application/json"
    )
    assert answer.json()["code"] == "accounts.wrong_sign_in"


def test_a_page_asked_for_with_nul_is_refused_as_a_page(house: House) -> None:
    answer = client(house.reseller().actor.own_id).get("/shop/goods/?size=%00")
    assert (answer.status_code, "NUL" in answer.content.decode()) == (422, True)


def test_the_documentation_names_the_one_shape_of_refusals_and_money_as_strings() -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert len(operations) > 90
    for operation in operations:
        refused = operation["responses"]["default"]["content"]["application/json"]["schema"]
        assert refused == {"$ref": "#/components/schemas/Refused"}
    assert schema["components"]["schemas"]["Refused"]["required"] == ["code", "message", "fields", "request_id"]
    assert schema["components"]["schemas"]["OrderOut"]["properties"]["total"]["type"] == "string"


NOT_PAGES = {
    "/categories": "one small tree, needed whole",
    "/membership/codes": "her own, at most her quota a month",
    "/membership/notices": "the newest twenty",
    "/month-turns/preview": "the first so many that would fall, asked for by number",
    "/orders/{order_id}/lines/{line_id}/why": "the steps of one price",
    "/orders/{order_id}/returnable": "the lines of one order",
    "/price-lists/{list_id}/differences": "the first so many, asked for by number",
    "/price-lists/{list_id}/why": "the steps of one price",
    "/sales/mine/{sale_id}/why": "the steps of one price",
    "/sales/{sale_id}/styles/{style_id}/why": "the steps of one price",
    "/tier-tables": "a handful of versions",
    "/uploads/{upload_id}/ignored": "the first thousand stretches",
}


def test_every_list_but_the_bounded_ones_is_cut_into_pages() -> None:
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    whole = set()
    for path, operations in paths.items():
        answer = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if answer.get("application/json", {}).get("schema", {}).get("type") == "array":
            whole.add(path.removeprefix("/api/v1"))
    assert whole == set(NOT_PAGES)
