"""What WeChat asks of a page that shows a share card (WECHAT-1 to WECHAT-3, see docs/rules/wechat.md)."""

import hashlib
from urllib.parse import urlsplit

SHARED_PATHS = ("/f/", "/s/")
"""Paths of pages that customers open; only such pages show a share card."""
MAX_ADDRESS = 2000


def signature(*, ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """The signature with which a page may use the JS-SDK: the SHA-1 of ticket, nonce, timestamp and address, sorted by name."""
    signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324 - WeChat prescribes it


def is_shared_page(url: str, *, host: str) -> bool:
    """Whether an address is that of a page of ours that customers open, at this host, without a fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (
        0 < len(url) <= MAX_ADDRESS
        and "#" not in url
        and parts.scheme in ("http", "https")
        and parts.netloc == host
        and parts.path.startswith(SHARED_PATHS)
    )
