"""Uploads over HTTP, by program and by page: the doors, the answers, and that others find nothing."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from accounts.rules import Actor
from accounts.services.tokens import issue_token
from inventory.models import StockLedger
from inventory.uploads import selectors
from inventory.uploads.parse import read_upload
from kernel import clock
from tests.inventory.stock_workbooks import (
    NOW,
    Line,
    later,
    new_brand,
    new_clerk,
    preview,
    send,
    sizes,
    units,
    upload_and_apply,
    workbook,
)

pytestmark = pytest.mark.django_db
KNIT = Line()


@pytest.fixture
def api(clerk: Actor) -> Client:
    return _with_token(clerk)


@pytest.fixture
def desk(clerk: Actor) -> Client:
    browser = Client(headers={"accept-language": "zh"})
    browser.force_login(Person.objects.get(pk=clerk.own_id))
    return browser


def _with_token(actor: Actor) -> Client:
    token = issue_token(actor=actor, label="test", now=clock.now())
    return Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})


def a_file(data: bytes, name: str = "库存.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_a_workbook_travels_from_post_to_stock(api: Client, brand_id: int) -> None:
    data = workbook(*sizes(KNIT, "S", "M"), Line(style_no="B1", category="奶粉"))
    sent = api.post("/api/v1/uploads", {"file": a_file(data)})
    assert (sent.status_code, sent.json()["state"]) == (201, "received")
    place = f"/api/v1/uploads/{sent.json()['id']}"
    assert read_upload(upload_id=sent.json()["id"], clock=clock.now)
    seen = api.get(place).json()
    assert (seen["state"], seen["added"], seen["faults"]) == ("preview", 2, 1)
    added = api.get(f"{place}/changes?kind=added&limit=1").json()
    assert (added["items"][0]["base_price"], added["next_cursor"] is not None) == ("99.00", True)
    (fault,) = api.get(f"{place}/faults").json()["items"]
    assert (fault["row"], fault["code"]) == (4, "category_forbidden")
    assert [style["style_no"] for style in api.get(f"{place}/styles").json()["items"]] == ["A100"]
    assert api.get(f"{place}/ignored").json()[0]["row"] == 1
    assert b"".join(api.get(f"{place}/file").streaming_content) == data  # type: ignore[attr-defined]
    landed = api.post(f"{place}/apply", "{}", content_type="application/json")
    assert (landed.status_code, landed.json()["state"], landed.json()["may_undo"]) == (200, "applied", True)
    assert units(brand_id) == {"A100 黑色 S": 10, "A100 黑色 M": 10}
    assert api.post(f"{place}/undo").json()["state"] == "undone"
    assert units(brand_id) == {}


def test_a_second_workbook_is_told_of_the_first(api: Client) -> None:
    first = api.post("/api/v1/uploads", {"file": a_file(workbook(KNIT))}).json()["id"]
    second = api.post("/api/v1/uploads", {"file": a_file(workbook(KNIT))})
    assert (second.status_code, second.json()["code"]) == (409, "inventory.upload_in_progress")
    assert second.json()["fields"]["upload_id"] == first


def test_a_workbook_beyond_the_limit_is_refused_with_a_sentence(api: Client, settings: Any) -> None:
    settings.MAX_WORKBOOK_BYTES = 1024 * 1024
    answer = api.post("/api/v1/uploads", {"file": a_file(b"x" * (1024 * 1024 + 1))})
    assert (answer.status_code, answer.json()["code"]) == (422, "inventory.workbook_too_large")
    assert "1 MB" in answer.json()["message"]
    assert api.get("/api/v1/uploads").json()["items"] == []


@pytest.mark.parametrize("form", [{}, {"file": SimpleUploadedFile("a.csv", b"")}])
def test_a_post_without_a_file_is_refused(api: Client, form: dict[str, Any]) -> None:
    answer = api.post("/api/v1/uploads", form)
    assert answer.status_code == 422
    assert api.get("/api/v1/uploads").json()["items"] == []


def test_jumping_prices_come_back_as_a_conflict(api: Client, clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    view = preview(clerk, workbook(Line(tag_fen=399000, base_fen=99000)), now=later(1))
    place = f"/api/v1/uploads/{view.id}"
    (change,) = api.get(f"{place}/changes?price_jumps=true").json()["items"]
    assert (change["price_jump"], change["baseline"]) == ("tag", "399.00")
    assert {"field": "base_price", "old": "99.00", "new": "990.00"} in change["fields"]
    refused = api.post(f"{place}/apply", "{}", content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "inventory.prices_need_confirmation")
    landed = api.post(f"{place}/apply", '{"confirm_prices": true}', content_type="application/json")
    assert landed.json()["state"] == "applied"


def test_to_another_brand_the_upload_does_not_exist(clerk: Actor) -> None:
    view = preview(clerk, workbook(KNIT))
    stranger = _with_token(new_clerk(new_brand("别家"), "stranger"))
    place = f"/api/v1/uploads/{view.id}"
    for path in ("", "/changes", "/faults", "/styles", "/ignored", "/file", "/annotated"):
        assert stranger.get(place + path).status_code == 404, path
    for path, body in (
        ("/apply", "{}"),
        ("/cancel", ""),
        ("/undo", ""),
        ("/missing", "{}"),
        ("/answers", '{"answers": {}}'),
    ):
        assert stranger.post(place + path, body, content_type="application/json").status_code == 404, path
    assert selectors.get_upload(view.id).state == "preview"


def test_the_desk_shows_every_state_of_an_upload(desk: Client, clerk: Actor) -> None:
    upload_id = send(clerk, workbook(*sizes(KNIT, "S", "M"), Line(style_no="B1", category="奶粉")))
    place = reverse("portal:upload", args=[upload_id])
    assert reverse("portal:upload_progress", args=[upload_id]) in desk.get(place).content.decode()
    waiting = desk.get(reverse("portal:upload_progress", args=[upload_id]))
    assert "HX-Redirect" not in waiting.headers
    read_upload(upload_id=upload_id, clock=lambda: NOW)
    assert desk.get(reverse("portal:upload_progress", args=[upload_id]))["HX-Redirect"] == place
    shown = desk.get(place).content.decode()
    assert "奶粉" in shown
    assert "确认入库" in shown
    for tab in ("added", "styles", "ignored", "warnings"):
        assert desk.get(f"{place}?show={tab}").status_code == 200
    assert desk.get(f"{place}?show=nonsense").status_code == 422
    assert desk.post(reverse("portal:upload_apply", args=[upload_id])).status_code == 302
    assert "撤销这次上传" in desk.get(place).content.decode()
    assert desk.post(reverse("portal:upload_undo", args=[upload_id])).status_code == 302
    assert "已撤销" in desk.get(place).content.decode()


def test_the_desk_takes_a_workbook_with_and_without_htmx(desk: Client, clerk: Actor) -> None:
    plain = desk.post(reverse("portal:uploads"), {"file": a_file(workbook(KNIT))})
    upload_id = selectors.list_uploads(clerk).items[0].id
    assert (plain.status_code, plain["Location"]) == (302, reverse("portal:upload", args=[upload_id]))
    desk.post(reverse("portal:upload_cancel", args=[upload_id]))
    fancy = desk.post(reverse("portal:uploads"), {"file": a_file(workbook(KNIT))}, headers={"HX-Request": "true"})
    assert fancy["HX-Redirect"] == reverse("portal:upload", args=[upload_id + 1])


def test_the_desk_asks_for_jumping_prices_before_it_lands_them(desk: Client, clerk: Actor, brand_id: int) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    view = preview(clerk, workbook(Line(tag_fen=399000, base_fen=99000)), now=later(1))
    before = StockLedger.objects.count()
    place = reverse("portal:upload_apply", args=[view.id])
    assert desk.post(place)["Location"].endswith("?show=price_jumps")
    assert selectors.get_upload(view.id).state == "preview"
    desk.post(place, {"confirm_prices": "1"})
    assert selectors.get_upload(view.id).state == "applied"
    assert StockLedger.objects.count() == before


def test_the_desk_zeroes_absent_goods_one_by_one(desk: Client, clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(*sizes(KNIT, "S", "M", "L")))
    view = preview(clerk, workbook(KNIT), now=later(1))
    absent = selectors.changes_of_upload(view.id, kind="missing").items
    place = reverse("portal:upload_missing", args=[view.id])
    desk.post(place, {"sku": str(absent[0].sku_id), "zero": "1"})
    assert selectors.get_upload(view.id).zeroed == 1
    desk.post(place, {"zero": "1"})
    assert selectors.get_upload(view.id).zeroed == 2
    desk.post(place, {"zero": "0"})
    assert selectors.get_upload(view.id).zeroed == 0


@pytest.mark.parametrize("page", ["home", "uploads", "stock", "shipping", "sales", "statements"])
def test_every_page_of_the_desk_opens_on_empty_books(desk: Client, page: str) -> None:
    answer = desk.get(reverse(f"portal:{page}"))
    assert answer.status_code == 200
    assert " style=" not in answer.content.decode()
    assert "<script>" not in answer.content.decode()


def test_the_desk_sends_the_template_and_an_empty_shipping_list(desk: Client) -> None:
    for page in ("template", "shipping_list"):
        answer = desk.get(reverse(f"portal:{page}"))
        assert b"".join(answer.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]


def test_the_desk_asks_nothing_where_no_column_could_be_the_answer(desk: Client, clerk: Actor) -> None:
    upload_id = send(clerk, "款号,尺码\nA1,S\nA2,M\nA3,L\n".encode())
    read_upload(upload_id=upload_id, clock=lambda: NOW)
    shown = desk.get(reverse("portal:upload", args=[upload_id])).content.decode()
    assert "表里缺少必填的列" in shown
    assert "吊牌价" in shown
    assert "就按这样读" not in shown
    desk.post(reverse("portal:upload_cancel", args=[upload_id]))
    assert desk.post(reverse("portal:uploads"), {"file": a_file(workbook(KNIT))}).status_code == 302


def test_the_desk_offers_no_commit_of_a_file_that_changes_nothing(desk: Client, clerk: Actor) -> None:
    upload_and_apply(clerk, workbook(KNIT))
    view = preview(clerk, workbook(KNIT), now=later(1))
    shown = desk.get(reverse("portal:upload", args=[view.id])).content.decode()
    assert "这个文件不会改变任何东西" in shown
    assert "确认入库" not in shown
    assert f'formaction="{reverse("portal:upload_cancel", args=[view.id])}"' in shown
