"""Pictures of styles and size charts over the API (STOCK-13, STOCK-14, STOCK-16)."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.rules import SYSTEM, Actor, Role
from accounts.services.people import add_person
from accounts.services.tokens import issue_token
from inventory.models import Style
from inventory.picture_models import StylePicture
from inventory.selectors.size_charts import charts_of_styles
from inventory.uploads.picture_archives import read_archive
from kernel import clock
from tests.inventory.stock_workbooks import NOW, Line, new_brand, new_clerk, upload_and_apply, workbook
from tests.inventory.test_style_pictures import png

pytestmark = pytest.mark.django_db
LINES = [["尺码", "胸围, 净"], ["S", "88"]]


def program(actor: Actor) -> Client:
    token = issue_token(actor=actor, label="test", now=clock.now())
    return Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})


@pytest.fixture
def api(clerk: Actor) -> Client:
    upload_and_apply(clerk, workbook(Line(), Line(style_no="A200")))
    return program(clerk)


def archive(*names: str) -> SimpleUploadedFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for at, name in enumerate(names):
            file.writestr(name, png(at))
    return SimpleUploadedFile("图片.zip", out.getvalue())


def put(api: Client, place: str, body: object) -> tuple[int, object]:
    answer = api.put(f"/api/v1{place}", body, content_type="application/json")
    return answer.status_code, answer.json() if answer.content else None


def test_an_archive_travels_from_post_to_ordered_pictures(api: Client) -> None:
    sent = api.post("/api/v1/picture-archives", {"file": archive("A100_1.jpg", "A100_2.jpg", "Z9.jpg")})
    assert (sent.status_code, sent.json()["state"]) == (201, "waiting")
    assert read_archive(archive_id=sent.json()["id"], clock=lambda: NOW)
    [listed] = api.get("/api/v1/picture-archives").json()["items"]
    assert (listed["taken"], [each["name"] for each in listed["left_out"]]) == (2, ["Z9.jpg"])
    style = Style.objects.get(style_no="A100")
    place = f"/styles/{style.pk}/pictures"
    shown = api.get(f"/api/v1{place}").json()
    first, second = [each["sha256"] for each in shown]
    assert [each["is_cover"] for each in shown] == [True, False]
    status, ordered = put(api, place, {"sha256s": [second, first]})
    assert (status, [(each["sha256"], each["is_cover"]) for each in ordered]) == (200, [(second, True), (first, False)])  # type: ignore[attr-defined]
    status, refused = put(api, place, {"sha256s": [second]})
    assert (status, refused["code"]) == (422, "inventory.pictures_changed")  # type: ignore[index]
    for _ in range(2):
        left = api.delete(f"/api/v1{place}/{second}").json()
        assert [(each["sha256"], each["is_cover"]) for each in left] == [(first, True)]


def test_an_archive_without_a_file_is_refused(api: Client) -> None:
    answer = api.post("/api/v1/picture-archives")
    assert (answer.status_code, answer.json()["code"]) == (422, "inventory.workbook_empty")


def test_others_find_neither_style_nor_pictures(api: Client) -> None:
    style = Style.objects.get(style_no="A100")
    stranger = program(new_clerk(new_brand("白桦"), "other"))
    assert stranger.get(f"/api/v1/styles/{style.pk}/pictures").status_code == 404
    assert put(stranger, f"/styles/{style.pk}/pictures", {"sha256s": []})[0] == 404
    assert stranger.delete(f"/api/v1/styles/{style.pk}/pictures/{'0' * 64}").status_code == 404
    assert put(stranger, "/size-charts", {"style_no": "A100", "lines": LINES})[0] == 404
    assert put(stranger, "/ops/pictures/logos", {"with_logo": [1]})[0] == 403


def test_ops_say_which_pictures_show_a_logo(api: Client) -> None:
    sent = api.post("/api/v1/picture-archives", {"file": archive("A100_1.jpg")})
    read_archive(archive_id=sent.json()["id"], clock=lambda: NOW)
    ops = program(
        add_person(actor=SYSTEM, login="ops-pictures", name="运营", role=Role.OPS, password="wei-cang-77", now=NOW)
    )
    row = StylePicture.objects.get()
    assert put(ops, "/ops/pictures/logos", {"with_logo": [row.pk]}) == (200, {"marked": 1})
    assert put(ops, "/ops/pictures/logos", {"with_logo": [row.pk]}) == (200, {"marked": 0})
    row.refresh_from_db()
    assert row.has_logo


def test_size_charts_are_set_listed_and_removed(api: Client) -> None:
    style = Style.objects.get(style_no="A100")
    assert put(api, "/size-charts", {"lines": LINES})[0] == 204
    assert put(api, "/size-charts", {"style_no": "a100", "lines": [["尺码", "袖长"], ["S", "60"]]})[0] == 204
    [general] = api.get("/api/v1/size-charts").json()
    assert (general["category_id"], general["rows"]) == (None, LINES)
    [own] = api.get("/api/v1/size-charts/styles").json()["items"]
    assert (own["style_no"], own["rows"][1]) == ("A100", ["S", "60"])
    assert charts_of_styles([style.pk])[style.pk][0] == ("尺码", "袖长")
    assert api.delete("/api/v1/size-charts?style_no=A100").status_code == 204
    assert charts_of_styles([style.pk])[style.pk] == tuple(map(tuple, LINES))
    assert api.delete("/api/v1/size-charts").status_code == 204
    assert charts_of_styles([style.pk]) == {}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"lines": [["尺码", "胸围"], ["S"]]}, "inventory.invalid_size_chart"),
        ({"lines": [["尺码", "字" * 21], ["S", "1"]]}, "inventory.invalid_size_chart"),
        ({"category_id": 10**9, "lines": LINES}, "inventory.invalid_size_chart"),
        ({"category_id": 1, "style_no": "A100", "lines": LINES}, "inventory.size_chart_of_two_subjects"),
        ({"lines": []}, "request.invalid"),
    ],
)
def test_a_wrong_size_chart_is_refused(api: Client, body: dict[str, object], code: str) -> None:
    status, answer = put(api, "/size-charts", body)
    assert (status, answer["code"]) == (422, code)  # type: ignore[index]
    assert api.get("/api/v1/size-charts").json() == []
