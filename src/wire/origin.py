"""Where a request comes from."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def page_before(request: HttpRequest) -> str:
    """The page of ours that led here, as far as the browser says so; else the front door. Never this very address."""
    before = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(before, allowed_hosts={request.get_host()})
    return before if safe and before != request.build_absolute_uri() else "/"


def address_of(request: HttpRequest) -> str:
    """The network address of whoever asks. Behind the proxy that ends TLS it is the last one that the proxy has noted; what a caller
    wrote in front of that is not believed."""
    noted = (
        request.headers.get("X-Forwarded-For", "").split(",")[-1].strip() if settings.SECURE_PROXY_SSL_HEADER else ""
    )
    return noted or str(request.META.get("REMOTE_ADDR", ""))
