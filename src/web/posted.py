"""Addresses that take only what a form sends."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

View = Callable[..., HttpResponseBase]


def posted_from(page: str, *, argument: str = "") -> Callable[[View], View]:
    """Take POST, and redirect anything else to the page whose form it is; `argument` names what the address of that page has.

    For views that answer a refused form with the page itself: to load it again, or in the other language, asks for this address by GET.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def posted(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, **kwargs)
            return redirect(page, *([kwargs[argument]] if argument else []))

        return posted

    return decorate
