"""The API, version 1: routers put together, and refusals as JSON."""

import functools
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation, ResponseObject
from ninja.params.models import FileModel, QueryModel
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from psycopg.errors import NumericValueOutOfRange

import accounts.api
import aftersales.api
import bank_statements.api
import brands.api
import closings.api
import console.exports
import console.ledger_exports
import console.rule_exports
import console.shipping_exports
import events.api
import flashsales.api
import forwarding.api
import inventory.api
import invoices.api
import ledger.api
import membership.api
import notices.api
import orders.api
import portal.exports
import portal.upload_exports
import pricing.api
import rehearsals.api
import settlement.api
import shop.cart_exports
import shop.customer_exports
import shop.exports
import shop.profit_exports
import treasury.api
from accounts.rules import SignInFirst
from config.failures import Failed, log_failure, refusal_of
from config.inboxes import inbox_of
from kernel import request_id
from kernel.refusal import Invalid, InvalidText, Refusal
from web.later import AnswerLater, LaterResponse

log = logging.getLogger("weicang.requests")
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class TextParser(Parser):
    """PostgreSQL keeps neither the character NUL nor half a surrogate pair in a text; such a body is refused."""

    def parse_body(self, request: HttpRequest) -> Any:
        if b"\\u0000" in request.body or b"\x00" in request.body:
            raise InvalidText
        data = super().parse_body(request)
        if b"\\ud" in request.body.lower():
            try:
                json.dumps(data, ensure_ascii=False).encode()
            except UnicodeEncodeError as half:
                raise InvalidText from half
        return data

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        # `in` on an uploaded file would read it to its end: only texts are looked at.
        texts = (value for values in dict(data.lists()).values() for value in values if isinstance(value, str))
        if any("\x00" in text for text in texts):
            raise InvalidText
        return super().parse_querydict(data, list_fields, request)


class UnknownParameter(Invalid):
    code = "request.unknown_parameter"
    zh = "不认识的查询参数：{names}"
    en = "Unknown query parameters: {names}"
    names: str


def refuse_unknown_parameters(view: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate an operation to refuse unknown query parameters: a misspelt filter must not mean no filter."""
    models = view._ninja_operation.models  # type: ignore[attr-defined]  # ninja marks each function so
    known = {name for model in models if issubclass(model, QueryModel) for name in model.__ninja_flatten_map__}

    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        unknown = request.GET.keys() - known
        if unknown:
            raise UnknownParameter(names=", ".join(sorted(name[:80] for name in unknown)[:10]))
        return view(request, *args, **kwargs)

    return checked


class Refused(Schema):
    """The one shape of every refusal. `code` is stable; `message` is for people, in the language of the request."""

    code: str
    message: str
    fields: dict[str, Any]
    request_id: str


class DocumentedApi(NinjaAPI):
    """Says of every operation that it may be refused, and in which shape."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        schema["components"]["schemas"]["Refused"] = Refused.model_json_schema()
        answer = {
            "description": "Refused: 400, 401, 403, 404, 405, 409, 422, 429, 500 or 503",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}},
        }
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"]["default"] = answer
        return schema


class PlainJson(JSONRenderer):
    """Chinese as it is written: escaped it would take twice the bytes, and nobody could read it on the way."""

    json_dumps_params = MappingProxyType({"ensure_ascii": False})


api = DocumentedApi(
    parser=TextParser(),
    renderer=PlainJson(),
    title="Weicang 尾仓",
    version="1",
    description=(
        "Brand-surplus flash sales. Money is a decimal string of yuan. Instants are ISO 8601 with offset. An array is a "
        "whole list; all others are keyset pages: pass `next_cursor` as `cursor`. A field or a query parameter that is not "
        "known is refused. Every refusal has the shape `Refused`."
    ),
    docs_url="/docs",
)
api.add_decorator(refuse_unknown_parameters)


def _refused(
    request: HttpRequest,
    status: int,
    code: str,
    message: str,
    fields: dict[str, Any],
    headers: Mapping[str, str] = NO_HEADERS,
) -> HttpResponse:
    body = {"code": code, "message": message, "fields": fields, "request_id": request_id.current()}
    response = api.create_response(request, body, status=status)
    for name, value in headers.items():
        response[name] = value
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="weicang"'
    return response


def _is_english(request: HttpRequest) -> bool:
    header = request.headers.get("Accept-Language", "")
    return header.lower().startswith("en") or getattr(request, "LANGUAGE_CODE", "") == "en"


@api.exception_handler(Refusal)
def _on_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    sentence = refusal.sentence("en" if _is_english(request) else "zh")
    return _refused(request, refusal.status, refusal.code, sentence, refusal.fields(), refusal.headers())


def _place_of(location: Sequence[str | int]) -> str:
    """Where in a request a fault is: ninja names the body, then the parameter that takes it, which is called body too."""
    parts = [str(part) for part in location]
    return ".".join(parts[1:] if parts[:2] == ["body", "body"] else parts)


@api.exception_handler(AnswerLater)
def _on_answer_later(request: HttpRequest, waiting: AnswerLater) -> HttpResponse:
    """The endpoint has begun what it was asked for; its view becomes an answer as if the endpoint had returned it."""

    def respond(is_in_time: bool) -> HttpResponse:
        try:
            view = waiting.later.view(is_in_time=is_in_time)
        except Exception as error:  # noqa: BLE001 - nobody else answers
            return _answer_of_error(request, error)
        content = model.model_validate(ResponseObject(view)).model_dump(by_alias=operation.by_alias)["response"]
        return api.create_response(request, content, status=status)

    operation: Operation = waiting.endpoint._ninja_operation  # type: ignore[attr-defined]  # ninja marks each function so
    [(status, model)] = operation.response_models.items()
    return LaterResponse(waiting.later, respond)


def _answer_of_error(request: HttpRequest, error: Exception) -> HttpResponse:
    try:
        return api.on_exception(request, error)
    except Exception:
        log.exception("an answer that came later")
        return _on_refusal(request, Failed())


@api.exception_handler(ValidationError)
def _on_bad_request(request: HttpRequest, error: ValidationError) -> HttpResponse:
    places = [{"where": _place_of(fault["loc"]), "what": str(fault["msg"])} for fault in error.errors]
    where = ", ".join(place["where"] for place in places)
    message = f"The request does not fit: {where}" if _is_english(request) else f"请求内容有误：{where}"
    return _refused(request, 422, "request.invalid", message, {"faults": places})


@api.exception_handler(DataError)
def _on_number_out_of_range(request: HttpRequest, error: DataError) -> HttpResponse:
    if not isinstance(error.__cause__, NumericValueOutOfRange):
        raise error
    message = "A number is out of range" if _is_english(request) else "有数字超出范围"
    return _refused(request, 422, "request.out_of_range", message, {})


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
@api.exception_handler(OSError)
def _on_failure_of_the_machine(request: HttpRequest, failure: Exception) -> HttpResponse:
    refusal = refusal_of(failure)
    if refusal is None:
        raise failure
    log_failure(failure, refusal)
    return _on_refusal(request, refusal)


@api.exception_handler(AuthenticationError)
def _on_missing_sign_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _on_refusal(request, SignInFirst())


@api.exception_handler(HttpError)
def _on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    refusal = refusal_of(error.__cause__)
    if refusal is not None:
        # Whatever a parser raises comes wrapped.
        return _on_refusal(request, refusal)
    return _refused(request, error.status_code, "request.unreadable", str(error), {})


for app in (
    accounts,
    brands,
    membership,
    inventory,
    ledger,
    pricing,
    flashsales,
    orders,
    aftersales,
    settlement,
    treasury,
    bank_statements,
    closings,
    invoices,
    forwarding,
    notices,
    rehearsals,
):
    api.add_router("", app.api.router)
for router in (
    shop.exports.router,
    shop.cart_exports.router,
    shop.customer_exports.router,
    shop.profit_exports.router,
    portal.exports.router,
    portal.upload_exports.router,
    console.exports.router,
    console.rule_exports.router,
    console.shipping_exports.router,
    console.ledger_exports.router,
):
    api.add_router("", router)
api.add_router("", events.api.build_router(inbox_of))


def routes_that_take_files() -> Iterator[str]:
    """The URL patterns of the operations that accept a file, as Django's resolver writes them."""
    for _prefix, router in api._routers:
        for path, view in router.path_operations.items():
            if any(issubclass(model, FileModel) for operation in view.operations for model in operation.models):
                yield path.lstrip("/").replace("{", "<").replace("}", ">")
