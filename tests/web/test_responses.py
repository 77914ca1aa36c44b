"""The response models of views: names, amounts, nesting, what is left out."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import pytest
from django.http import FileResponse
from ninja import NinjaAPI, Router
from ninja.testing import TestClient

from web.pagination import Page
from web.responses import PAGES_ONLY, ViewRouter, response_model


@dataclass(frozen=True, slots=True)
class PartView:
    price_fen: int
    floor_fen: int | None
    steps_fen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductView:
    """One thing with parts."""

    response_properties: ClassVar = ("total_fen", "is_empty")

    id: int
    parts: list[PartView]
    first: PartView | None
    secret: Annotated[str, PAGES_ONLY] = "hidden"

    @property
    def total_fen(self) -> int:
        return sum(part.price_fen for part in self.parts)

    @property
    def is_empty(self) -> bool:
        return not self.parts

    @property
    def not_named(self) -> str:
        return "not part of the response"


PART = PartView(12_50, None, (1, 200))
router = ViewRouter()


@router.get("/whole")
def whole(request: Any) -> ProductView:
    return ProductView(7, [PART], PART)


@router.get("/page")
def page(request: Any) -> Page[PartView]:
    return Page([PART], "next")


@router.get("/list")
def as_list(request: Any) -> list[PartView]:
    return [PART]


@router.post("/created", response=201)
def created(request: Any) -> PartView:
    return PART


@router.post("/nothing")
def nothing(request: Any) -> None:
    """Answers with no content."""


@pytest.fixture(scope="module")
def client() -> TestClient:
    api = NinjaAPI(urls_namespace="test-responses")
    api.add_router("", router)
    return TestClient(api)


AS_JSON = {"price": "12.50", "floor": None, "steps": ["0.01", "2.00"]}


def test_a_view_answers_with_its_fields_and_the_properties_that_it_names(client: TestClient) -> None:
    assert client.get("/whole").json() == {
        "id": 7,
        "parts": [AS_JSON],
        "first": AS_JSON,
        "total": "12.50",
        "is_empty": False,
    }


def test_pages_and_lists_of_views(client: TestClient) -> None:
    assert client.get("/page").json() == {"items": [AS_JSON], "next_cursor": "next"}
    assert client.get("/list").json() == [AS_JSON]


def test_statuses_of_what_is_created_and_of_nothing(client: TestClient) -> None:
    assert (client.post("/created").status_code, client.post("/created").json()) == (201, AS_JSON)
    assert (client.post("/nothing").status_code, client.post("/nothing").content) == (204, b"")


def test_the_description_of_a_model_is_what_was_written_about_the_view() -> None:
    assert response_model(ProductView).__doc__ == "One thing with parts."
    assert (
        response_model(ProductView).model_json_schema(mode="serialization")["properties"]["total"]["type"] == "string"
    )
    assert "description" not in response_model(PartView).model_json_schema()


def test_an_endpoint_that_does_not_say_what_it_returns_is_an_error() -> None:
    def untyped(request: Any) -> Any:
        """Says nothing."""

    with pytest.raises(TypeError, match="untyped does not say"):
        ViewRouter().get("/untyped")(untyped)


def test_an_endpoint_that_sends_a_file_has_no_response_model() -> None:
    files = ViewRouter()

    @files.get("/file")
    def sends(request: Any) -> FileResponse:
        return FileResponse(b"")

    plain = Router()
    plain.get("/file")(sends)
    assert _models(files) == _models(plain)


def _models(routes: Router) -> dict[Any, Any]:
    return routes.path_operations["/file"].operations[0].response_models
