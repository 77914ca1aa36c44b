"""Where a request comes from."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def return_url(request: HttpRequest) -> str:
    """The page of ours that led here, as far as the browser says so; else the start page. Never this address itself."""
    before = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(before, allowed_hosts={request.get_host()})
    return before if safe and before != request.build_absolute_uri() else "/"


def form_page_url(request: HttpRequest) -> str:
    """The page of ours on which a form was sent, as far as the browser says so; else ""."""
    before = request.headers.get("Referer", "")
    return before if url_has_allowed_host_and_scheme(before, allowed_hosts={request.get_host()}) else ""


def client_address(request: HttpRequest) -> str:
    """The network address of whoever asks; everything that counts, limits or notes addresses asks here.

    Each proxy in front of the service adds, at the end of X-Forwarded-For, the address that spoke to it. With `settings.TRUSTED_PROXIES`
    of them the client is that many entries from the end; what stands before it was written by the client, and is not believed.
    """
    return noted_address(request.META, settings.TRUSTED_PROXIES)


def noted_address(environ: Mapping[str, Any], trusted_proxies: int) -> str:
    """As `client_address`, of a request as PEP 3333 has it."""
    direct = _as_address(str(environ.get("REMOTE_ADDR", "")))
    if trusted_proxies == 0:
        return direct
    entries = str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    noted = _as_address(entries[-min(trusted_proxies, len(entries))])
    return noted or direct


def client_network(address: str) -> str:
    """The network of a client: its IPv4 address, or the /64 of its IPv6 address, within which a device chooses addresses freely."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


def _as_address(text: str) -> str:
    """An address as some proxies write it, with a port or in brackets, in its one spelling; "" for what is none."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return ""
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def is_phone(request: HttpRequest) -> bool:
    """Whether the browser says that it is one of a phone."""
    return "Mobile" in request.headers.get("User-Agent", "")


def is_in_wechat(request: HttpRequest) -> bool:
    """Whether the browser is that of WeChat."""
    return "MicroMessenger" in request.headers.get("User-Agent", "")
