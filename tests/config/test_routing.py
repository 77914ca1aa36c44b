"""Routes that are found by their text are the ones that Django finds by trying all."""

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, URLPattern, URLResolver, path
from django.urls.resolvers import RoutePattern

from config.api import api
from config.routing import RouteTable


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def routes(*texts: str) -> list[URLPattern]:
    return [path(each, view, name=each) for each in texts]


def test_resolve_finds_each_route_of_the_api_as_django_does() -> None:
    listed = [each for each in api.urls[0] if isinstance(each, URLPattern)]
    table, plain = RouteTable(listed), URLResolver(RoutePattern(""), listed)
    assert len(listed) > 300
    for each in listed:
        address = re.sub(r"<(?:(\w+):)?\w+>", lambda found: "7" if found[1] == "int" else "seven", str(each.pattern))
        found, expected = table.resolve(address), plain.resolve(address)
        assert (found.func, found.kwargs, found.route) == (expected.func, expected.kwargs, expected.route)


@pytest.mark.parametrize("unknown", ["", "orders/", "order", "orders/x", "orders/5/", "other/5", "ordersx"])
def test_resolve_of_an_unknown_address_is_refused(unknown: str) -> None:
    table = RouteTable(routes("orders", "orders/<int:order_id>", "orders/export"))
    with pytest.raises(Resolver404):
        table.resolve(unknown)


def test_a_route_without_parameters_comes_before_one_that_it_matches() -> None:
    table = RouteTable(routes("orders/<slug:name>", "orders/export"))
    assert table.resolve("orders/export").url_name == "orders/export"
    assert table.resolve("orders/other").kwargs == {"name": "other"}


def test_a_parameter_as_first_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="first segment"):
        RouteTable(routes("<slug:name>/orders"))
