"""Which style a file of an archive shows, and which addresses of pictures may be fetched (STOCK-14, STOCK-15)."""

import ipaddress
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_ARCHIVE_FILES = 2000
MAX_PICTURE_BYTES = 20 * 1024 * 1024
MAX_ARCHIVE_BYTES = 500 * 1024 * 1024
"""What an archive may hold once it is inflated."""
MAX_REDIRECTS = 3
PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
_JUNK = re.compile(r"(^|/)(__MACOSX/|\.[^./]|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s_\-－—.·()（）\[\]【】]+")
_DRIVE = re.compile(r"^[A-Za-z]:")
WEB_PORTS = (80, 443)


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """What the name of a file says: its style, the colour ("" for the style as a whole), and its place among the style's files."""

    style_id: int
    colour: str
    order: int


def is_junk(name: str) -> bool:
    """What systems put into archives by themselves: not worth a report."""
    return name.endswith("/") or bool(_JUNK.search(name))


def safe_parts(name: str) -> tuple[str, ...] | None:
    """The folders and the file of a name in an archive; None for one that leaves the archive or is absolute."""
    path = name.replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path) or "\x00" in path:
        return None
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    return None if not parts or ".." in parts else parts


def archive_name(raw: str, *, is_utf8: bool) -> str:
    """The name of a file of an archive. Chinese Windows writes GB18030, which Python has read as code page 437."""
    if is_utf8:
        return raw
    try:
        content = raw.encode("cp437")
    except UnicodeEncodeError:
        return raw
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw


def fold(text: str) -> str:
    """Letter case, width and space do not tell style numbers or colours apart."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def name_picture(
    parts: tuple[str, ...], styles: Mapping[str, int], colours: Mapping[int, Collection[str]]
) -> NamedPicture | str:
    """The style, colour and order that a file is named by (STOCK-14), or why it cannot be told: `no_style`, `unknown_colour`.

    `styles` are ids by folded style number, `colours` the colours of each style. The first folder or file that begins with a style number
    says which; what follows it are the number of the picture, or a colour of the style, or both: A100.jpg, A100_2.jpg, A100_红色.jpg,
    A100/1.jpg, A100/红色/2.jpg. Of two numbers that fit, the longer one counts.
    """
    named = [*parts[:-1], _stem(parts[-1])]
    for at, part in enumerate(named):
        found = _style_of(part, styles)
        if found is None:
            continue
        style_id, rest = found
        words = [word for each in (rest, *named[at + 1 :]) for word in _SEPARATORS.split(each) if word]
        numbers = [word for word in words if word.isascii() and word.isdigit()]
        order = int(numbers[-1][-6:]) if numbers else 0
        others = [word for word in words if not (word.isascii() and word.isdigit())]
        if not others:
            return NamedPicture(style_id, "", order)
        text = fold("".join(others))
        known = {fold(_SEPARATORS.sub("", each)): each for each in colours.get(style_id, ())}
        return NamedPicture(style_id, known[text], order) if text in known else "unknown_colour"
    return "no_style"


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0] if "." in name else name


def _style_of(part: str, styles: Mapping[str, int]) -> tuple[int, str] | None:
    """The style whose number a name is or begins with, and the rest of the name; a separator must follow the number."""
    for end in range(len(part), 0, -1):
        if end < len(part) and not _SEPARATORS.match(part[end]):
            continue
        style_id = styles.get(fold(part[:end]))
        if style_id is not None:
            return style_id, part[end:]
    return None


class AddressNotAllowed(Exception):
    """An address that is not fetched; the argument says why."""


def require_web_address(address: str, *, private_hosts: Collection[str]) -> tuple[str, int]:
    """Host and port of an address that may be fetched as far as its text tells; raises AddressNotAllowed."""
    try:
        url = urlsplit(address)
        host, port = url.hostname, url.port
    except ValueError as cause:
        raise AddressNotAllowed("not_an_address") from cause
    if url.scheme not in ("http", "https") or not host:
        raise AddressNotAllowed("not_an_address")
    if url.username is not None or url.password is not None:
        raise AddressNotAllowed("not_public")
    port = port or (443 if url.scheme == "https" else 80)
    if port not in WEB_PORTS and f"{host}:{port}" not in private_hosts:
        raise AddressNotAllowed("not_public")
    return host, port


def is_public(ip: str) -> bool:
    """Whether an address of the network is one of the open internet: none of this machine, of a private network or of a special use."""
    address = ipaddress.ip_address(ip)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast
