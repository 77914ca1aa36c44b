"""Traces for OpenTelemetry. Imported only where OTEL_EXPORTER_OTLP_ENDPOINT is set (docs/decisions/0331).

A request, a task and each SQL statement are a span. A span names a route and a statement with its places for values: no address that
somebody asked for, no value, no message of an exception (PRIVACY-4).
"""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import Task
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from opentelemetry import context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer

from web.later import LaterResponse

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def tracer() -> Tracer:
    """The tracer of this process: its exporter has a thread, which a process that forks does not hand on."""
    return _tracer_of(os.getpid())


def flush() -> None:
    """Send what this process has recorded, for one that ends."""
    _provider_of(os.getpid()).force_flush()


@functools.cache
def _tracer_of(pid: int) -> Tracer:
    return _provider_of(pid).get_tracer("weicang")


@functools.cache
def _provider_of(pid: int) -> TracerProvider:
    name = os.environ.get("OTEL_SERVICE_NAME", "weicang")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def requests(get_response: GetResponse) -> GetResponse:
    """The middleware that stands before all others."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        parent = propagate.extract({"traceparent": request.headers.get("traceparent", "")})
        span = tracer().start_span(f"{request.method}", parent, SpanKind.SERVER)
        with _failing(span), trace.use_span(span, record_exception=False, set_status_on_exception=False):
            response = get_response(request)
        if isinstance(response, LaterResponse):
            response.note_answer = functools.partial(_end_later, span, request, response.note_answer)
        else:
            _end(span, request, response.status_code)
        return response

    return middleware


def _end_later(span: Span, request: HttpRequest, note_answer: Callable[[int], None], status: int) -> None:
    note_answer(status)
    _end(span, request, status)


def _end(span: Span, request: HttpRequest, status: int) -> None:
    route = request.resolver_match.route if request.resolver_match else ""
    span.update_name(f"{request.method} {route}")
    span.set_attributes(
        {"http.request.method": request.method or "", "http.route": route, "http.response.status_code": status}
    )
    if status >= 500:
        span.set_status(StatusCode.ERROR)
    span.end()


@contextmanager
def _failing(span: Span) -> Iterator[None]:
    """Mark and end a span whose work raises: the kind of the exception, and not its message, which may hold a row."""
    try:
        yield
    except BaseException as error:
        span.set_attribute("error.type", type(error).__name__)
        span.set_status(StatusCode.ERROR)
        span.end()
        raise


def _statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, details: dict[str, Any]) -> Any:
    span = tracer().start_span("SQL", kind=SpanKind.CLIENT)
    if span.is_recording():
        text = sql if isinstance(sql, str) else type(sql).__name__
        span.update_name(next(iter(text.split(maxsplit=1)), "SQL"))
        span.set_attributes({"db.system.name": "postgresql", "db.query.text": text})
    with _failing(span):
        result = execute(sql, params, many, details)
    span.end()
    return result


def _trace_statements(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if _statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_statement)


def _hand_on(headers: dict[str, Any], **kwargs: Any) -> None:
    propagate.inject(headers)


_RUNNING: dict[str, tuple[Span, Any]] = {}
"""Spans of the tasks that this process runs, by the ids of the tasks, and what ends their being the present one."""


def _begin_task(task_id: str, task: "Task[Any, Any]", **kwargs: Any) -> None:
    sent = getattr(task.request, "traceparent", None) or ""
    span = tracer().start_span(str(task.name), propagate.extract({"traceparent": sent}), SpanKind.CONSUMER)
    _RUNNING[task_id] = (span, context.attach(trace.set_span_in_context(span)))


def _end_task(task_id: str, state: str | None, **kwargs: Any) -> None:
    span, token = _RUNNING.pop(task_id)
    context.detach(token)
    span.set_attribute("celery.state", state or "")
    if state == "FAILURE":
        span.set_status(StatusCode.ERROR)
    span.end()


def start() -> None:
    """Trace what this process does from now on; requests by the middleware, which the settings name."""
    connection_created.connect(_trace_statements)
    before_task_publish.connect(_hand_on)
    task_prerun.connect(_begin_task)
    task_postrun.connect(_end_task)
