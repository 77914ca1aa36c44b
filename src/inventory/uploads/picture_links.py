"""Pictures behind links of a workbook that was applied, fetched by a worker (STOCK-15)."""

import hashlib
import logging
import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

import httpx
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from imports.pictures import is_picture
from inventory.models import UploadFault
from inventory.picture_models import PictureLink
from inventory.picture_rules import (
    MAX_PICTURE_BYTES,
    MAX_REDIRECTS,
    AddressNotAllowed,
    is_public,
    require_web_address,
)
from inventory.rules import FaultKind, PictureJobState, PictureSource, fault_sentences
from inventory.services.style_pictures import NewPicture, add_pictures, warn_of_link
from inventory.uploads.pictures import store_pictures
from jobs.leases import LEASE, MAX_ATTEMPTS

MAX_TURN = timedelta(seconds=20)
FETCH_SECONDS = 15.0
RETRY_AFTER = timedelta(minutes=10)
_TIMEOUT = httpx.Timeout(6.0, connect=4.0)
_TEMPORARY = ("timeout", "unreachable", "server_error")
_WORDS = {
    "not_an_address": ("不是网址", "no address of the web"),
    "not_public": ("地址不对外开放", "the address is not public"),
    "no_host": ("域名不存在", "there is no such host"),
    "too_many_redirects": ("跳转太多次", "too many redirects"),
    "too_large": ("超过 20 MB", "larger than 20 MB"),
    "not_a_picture": ("不是图片", "it is no picture"),
    "timeout": ("超时", "it took too long"),
    "unreachable": ("连不上", "no connection"),
    "server_error": ("对方出错", "an error of its server"),
    "not_found": ("没有这个文件", "there is no such file"),
    "style_is_full": ("这款的图片已满", "the style has as many pictures as it can"),
}  # fmt: skip
log = logging.getLogger("weicang.pictures")


class FetchFailed(Exception):
    """No picture came from an address; the argument says why, as a key of _WORDS."""


def follow_links(*, clock: Callable[[], datetime], limit: int = 20) -> int:
    """Fetch the pictures of links that wait; returns how many were tried. Begins none after MAX_TURN.

    What fails for good, or MAX_ATTEMPTS times, becomes a warning of the upload at the link's row.
    """
    tried, started_at = 0, clock()
    while tried < limit and clock() - started_at <= MAX_TURN and (link := _claim(clock())) is not None:
        tried += 1
        try:
            content = fetch_picture(link.address)
        except FetchFailed as failure:
            reason = str(failure)
            if reason in _TEMPORARY and link.attempts < MAX_ATTEMPTS:
                PictureLink.objects.filter(pk=link.pk).update(lease_until=clock() + RETRY_AFTER)
            else:
                _fail(link, reason)
            continue
        sha256 = hashlib.sha256(content).hexdigest()
        store_pictures({sha256: content}, now=clock())
        with transaction.atomic():
            new = NewPicture(link.style_id, sha256, link.colour, link.position)
            refused = add_pictures(pictures=[new], source=PictureSource.LINK, upload_id=link.upload_id, now=clock())
            if refused:
                _fail(link, "style_is_full")
            else:
                PictureLink.objects.filter(pk=link.pk).update(state=PictureJobState.DONE.value, lease_until=None)
    return tried


def _claim(now: datetime) -> PictureLink | None:
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    waiting = PictureLink.objects.filter(free, state=PictureJobState.WAITING.value)
    for pk in waiting.order_by("id").values_list("pk", flat=True)[:20]:
        if waiting.filter(pk=pk).update(attempts=F("attempts") + 1, lease_until=now + LEASE):
            return PictureLink.objects.get(pk=pk)
    return None


@transaction.atomic
def _fail(link: PictureLink, reason: str) -> None:
    """Record why there is no picture, as a warning at the row of the workbook."""
    refused = PictureLink.objects.filter(pk=link.pk, state=PictureJobState.WAITING.value)
    if not refused.update(state=PictureJobState.REFUSED.value, reason=reason, lease_until=None):
        return
    zh, en = (fault_sentences("picture_link_failed", link.address, word) for word in _WORDS[reason])
    UploadFault.objects.create(
        upload_id=link.upload_id,
        kind=FaultKind.WARNING.value,
        from_catalogue=True,
        sheet=link.sheet,
        row=link.row or 0,
        header="图片",
        code="picture_link_failed",
        value=link.address[:500],
        message_zh=zh.zh,
        message_en=en.en,
        hint_zh=zh.hint_zh,
        hint_en=en.hint_en,
    )
    warn_of_link(link.upload_id)


def fetch_picture(address: str) -> bytes:
    """The bytes of a picture behind an address; raises FetchFailed.

    Only http and https, on the ports of the web. The name is resolved here and the connection goes to the address that was looked at, so
    that a name cannot change its meaning between the look and the connection. A redirect is looked at like the first address. Nothing of
    the environment's proxies is used. At most MAX_PICTURE_BYTES are read, in FETCH_SECONDS.
    """
    deadline = time.monotonic() + FETCH_SECONDS
    with httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as client:
        for _hop in range(MAX_REDIRECTS + 1):
            try:
                with _opened(client, address) as answer:
                    if answer.has_redirect_location:
                        address = urljoin(address, answer.headers["Location"])
                        continue
                    return _picture_in(answer, deadline)
            except AddressNotAllowed as failure:
                raise FetchFailed(str(failure)) from failure
            except httpx.TimeoutException as failure:
                raise FetchFailed("timeout") from failure
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as failure:
                raise FetchFailed("unreachable") from failure
    raise FetchFailed("too_many_redirects")


class _Opened:
    """A response that is being read, closed at the end of a `with`."""

    def __init__(self, client: httpx.Client, request: httpx.Request) -> None:
        self._client, self._request = client, request

    def __enter__(self) -> httpx.Response:
        self._response = self._client.send(self._request, stream=True)
        return self._response

    def __exit__(self, *error: object) -> None:
        self._response.close()


def _opened(client: httpx.Client, address: str) -> _Opened:
    """Ask the checked address of the host for the file; the host's name goes into the header and the certificate's check."""
    private_hosts = settings.PRIVATE_PICTURE_HOSTS
    host, port = require_web_address(address, private_hosts=private_hosts)
    ip = _resolve(host, port, private_allowed=f"{host}:{port}" in private_hosts)
    url = httpx.URL(address)
    netloc = host if urlsplit(address).port is None else f"{host}:{port}"
    request = client.build_request(
        "GET",
        url.copy_with(host=ip),
        headers={"Host": netloc, "User-Agent": "weicang-pictures", "Accept": "image/*", "Accept-Encoding": "identity"},
        extensions={"sni_hostname": host},
    )
    return _Opened(client, request)


def _resolve(host: str, port: int, *, private_allowed: bool) -> str:
    """An address of the host, where all of its addresses are public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as failure:
        raise AddressNotAllowed("no_host") from failure
    addresses = [str(each[4][0]) for each in found]
    if not private_allowed and not all(is_public(each.split("%")[0]) for each in addresses):
        raise AddressNotAllowed("not_public")
    return addresses[0]


def _picture_in(answer: httpx.Response, deadline: float) -> bytes:
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise FetchFailed("server_error")
    if answer.status_code != httpx.codes.OK:
        raise FetchFailed("not_found")
    content = bytearray()
    for chunk in answer.iter_raw():
        content += chunk
        if len(content) > MAX_PICTURE_BYTES:
            raise FetchFailed("too_large")
        if time.monotonic() > deadline:
            raise FetchFailed("timeout")
    if not is_picture(bytes(content)):
        raise FetchFailed("not_a_picture")
    return bytes(content)
