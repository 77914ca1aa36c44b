"""Addresses of which one breaks."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [path("broken/", broken)]
FILE_ROUTES: frozenset[str] = frozenset()
handler500 = "config.failures.server_error"
