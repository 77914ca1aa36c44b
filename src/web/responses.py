"""What an endpoint answers with: the view that its return annotation names, as a response model of the API.

    router = ViewRouter(tags=["brands"])

    @router.get("/brands", auth=...)
    def list_brands(request: ActorRequest, page: Query[PageQuery]) -> Page[BrandView]: ...

    @router.post("/brands", response=201, auth=...)
    def apply(request: ActorRequest, body: ApplicationIn) -> BrandView: ...

A view is a frozen dataclass. Its response model has the same fields, with these differences:

- `price_fen: int` appears as `price`, a decimal string of yuan, and so do optional amounts and lists of them;
- a field of type `Annotated[..., PAGES_ONLY]` is left out;
- the properties that the class names in `response_properties` are included.

An endpoint whose answer hides or renames more than that passes a schema as `response=` and names its view as the return annotation.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from django.http import HttpResponseBase
from ninja import Router
from ninja.constants import NOT_SET
from pydantic import Field, create_model

from web.money import YuanOut
from web.pagination import Page, PageOut
from web.schemas import Output

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

PAGES_ONLY: Final = "shown on pages only"
"""Marks a field of a view that no response of the API carries: `reason: Annotated[str, PAGES_ONLY]`."""

_FEN = "_fen"


class ViewRouter(Router):
    """A router whose endpoints answer with what they are annotated to return.

    `response=` may be a status: 201 for what was created. Without it the answer is 200, or 204 for `-> None`. A schema, or a mapping
    of statuses to schemas, is taken as it is.
    """

    def api_operation(
        self, methods: list[str], path: str, *, response: Any = NOT_SET, **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            if response is NOT_SET:
                declared = _responses_of(endpoint, 200)
            else:
                declared = _responses_of(endpoint, response) if isinstance(response, int) else response
            self.add_api_operation(path, methods, endpoint, response=declared, **options)
            return endpoint

        return register


def _responses_of(endpoint: Callable[..., Any], status: int) -> Any:
    returned = get_type_hints(endpoint, include_extras=True).get("return", Any)
    if returned is Any:
        raise TypeError(f"{endpoint.__module__}.{endpoint.__name__} does not say what it returns")
    if returned is NoneType:
        return {204: None}
    if isinstance(returned, type) and issubclass(returned, HttpResponseBase):
        return NOT_SET
    return {status: response_type(returned)}


def response_type(annotation: Any) -> Any:
    """The type that serializes values of a type: views within lists, pages, mappings and optional values are replaced by their models."""
    if isinstance(annotation, type) and is_dataclass(annotation):
        return response_model(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is None:
        return annotation
    if origin is Page:
        return PageOut[response_type(arguments[0])]  # type: ignore[misc]
    if origin is Annotated:
        return Annotated[(response_type(arguments[0]), *arguments[1:])]
    translated = tuple(response_type(each) for each in arguments)
    if origin in (Union, UnionType):
        return Union[translated]  # noqa: UP007 - built from a tuple
    return annotation if translated == arguments else origin[translated]


@functools.cache
def response_model(view: type) -> type[Output]:
    """The response model of a view; one model per class."""
    hints = get_type_hints(view, include_extras=True)
    declared = {each.name: hints[each.name] for each in fields(view)}
    declared |= {name: _type_of_property(view, name) for name in getattr(view, "response_properties", ())}
    shown = {name: hint for name, hint in declared.items() if PAGES_ONLY not in get_args(hint)}
    return create_model(
        view.__name__.removesuffix("View"),
        __base__=Output,
        __module__=view.__module__,
        __doc__=_docstring(view),
        **dict(_field(name, hint) for name, hint in shown.items()),
    )


def _field(name: str, hint: Any) -> tuple[str, Any]:
    if name.endswith(_FEN):
        return name.removesuffix(_FEN), (_yuan(hint), Field(validation_alias=name))
    return name, (response_type(hint), ...)


def _yuan(hint: Any) -> Any:
    """The type of an amount in fen with every `int` in it as a decimal string of yuan."""
    if hint is int:
        return YuanOut
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is None:
        return hint
    translated = tuple(_yuan(each) for each in arguments)
    if origin is Annotated:
        return Annotated[(translated[0], *arguments[1:])]
    return Union[translated] if origin in (Union, UnionType) else origin[translated]  # noqa: UP007 - built from a tuple


def _type_of_property(view: type, name: str) -> Any:
    getter = inspect.getattr_static(view, name).fget
    return get_type_hints(getter, include_extras=True)["return"]


def _docstring(view: type) -> str | None:
    """What somebody wrote about the class; not the signature that `dataclass` writes where nobody did."""
    text = inspect.getdoc(view)
    return None if text is None or text.startswith(f"{view.__name__}(") else text
