"""A refusal: the one way in which the service says no.

Each refusal is a small class that its service declares: a code, a sentence in Chinese and English, and typed fields, which its constructor
takes. Any other exception is a bug.

    class SoldOut(Conflict):
        code = "flashsales.sold_out"
        zh = "手慢了：{item} 只剩 {available} 件"
        en = "Too late: {available} left of {item}"
        item_id: int
        item: str
        available: int

A field `price_fen` may be written in a sentence as `{price}`; with the sign before it, `¥{price}` reads as on every screen.
"""

import contextlib
import dataclasses
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, dataclass_transform

from kernel.money import display_yuan
from kernel.period import SHANGHAI

MAX_CARRIER = 30
_TRACKING_NO = re.compile(r"[A-Za-z0-9-]{6,40}\Z", re.ASCII)


@dataclass_transform(eq_default=False)
class Refusal(Exception):
    """Base of all refusals; `status` is the HTTP status of its kind. Every subclass is made a dataclass of its fields."""

    status: ClassVar[int]
    code: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]
    # What the sentence begins with, of one thing of many (`about`). Without annotations, so that they are no fields.
    subject_zh = ""
    subject_en = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclasses.dataclass(eq=False)(cls)

    def fields(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]

    def sentence(self, language: str = "zh") -> str:
        """What to tell a person: Chinese for any `zh…` language, English for all others."""
        is_chinese = language.startswith("zh")
        template, subject = (self.zh, self.subject_zh) if is_chinese else (self.en, self.subject_en)
        for name in self.fields():
            if name.endswith("_fen"):
                place = f"{{{name.removesuffix('_fen')}}}"
                template = template.replace(f"¥{place}", place)
        said = template.format(**_in_words(self.fields()))
        return f"{subject}{said}"

    def seconds_to_wait(self) -> int | None:
        """After how many seconds the same request may succeed, sent as Retry-After; None where waiting changes nothing."""
        return None

    def headers(self) -> dict[str, str]:
        """HTTP headers that belong to the refusal, on a page as in the API."""
        seconds = self.seconds_to_wait()
        return {} if seconds is None else {"Retry-After": str(seconds)}

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence('en')}"


@contextlib.contextmanager
def about(zh: str, en: str) -> Iterator[None]:
    """Let the sentence of a refusal begin with the one of many that it is about: «第 40 笔：保证金…». Code and fields stay as they are."""
    try:
        yield
    except Refusal as refusal:
        refusal.subject_zh, refusal.subject_en = f"{zh}：", f"{en}: "
        raise


def _in_words(fields: dict[str, Any]) -> dict[str, Any]:
    words: dict[str, Any] = {}
    for name, value in fields.items():
        words[name] = f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value
        if name.endswith("_fen"):
            words[name.removesuffix("_fen")] = display_yuan(value)
    return words


class Invalid(Refusal):
    """The request makes no sense as it stands."""

    status = 422


class Unauthenticated(Refusal):
    """Nobody is signed in, or the password is wrong."""

    status = 401


class Forbidden(Refusal):
    """This person may not do it."""

    status = 403


class Missing(Refusal):
    """There is no such thing, or none that this person may see."""

    status = 404


class Conflict(Refusal):
    """It cannot be done in the present state of things."""

    status = 409


class TooMany(Refusal):
    """A limit on the number of requests is reached; after `retry_after_seconds` the next one is accepted."""

    status = 429
    retry_after_seconds: int

    def seconds_to_wait(self) -> int:
        return max(1, self.retry_after_seconds)


class Busy(Refusal):
    """Try again in a moment."""

    status = 503

    def seconds_to_wait(self) -> int:
        return 1


class InvalidText(Invalid):
    """PostgreSQL keeps neither the character NUL nor half a surrogate pair."""

    code = "request.invalid_text"
    zh = "请求里有不是文字的字符（NUL 或半个 Unicode 字符）"
    en = "The request holds what is no character of a text (NUL, or half of a Unicode pair)"


class ReasonRequired(Invalid):
    code = "request.reason_required"
    zh = "请写明原因（最多 {max_length} 个字）"
    en = "Give a reason of at most {max_length} characters"
    max_length: int


class KeyRequired(Invalid):
    code = "request.key_required"
    zh = "请求须带编号（最多 {max_length} 个字符）"
    en = "The request needs an idempotency key of at most {max_length} characters"
    max_length: int


class InvalidTracking(Invalid):
    code = "request.invalid_tracking"
    zh = "请填写快递公司和正确的快递单号（6 至 40 位字母、数字或短横线）"
    en = "Give the carrier and a tracking number of 6 to 40 letters, digits or hyphens"


def require_reason(reason: str, *, max_length: int) -> str:
    """The reason without spaces around it. Refuses an empty one and one that is too long."""
    reason = reason.strip()
    if not 0 < len(reason) <= max_length:
        raise ReasonRequired(max_length=max_length)
    return reason


def require_key(key: str, *, max_length: int) -> str:
    """The idempotency key as it was sent. Refuses a blank one and one that is too long."""
    if not key.strip() or len(key) > max_length:
        raise KeyRequired(max_length=max_length)
    return key


def require_tracking(carrier: str, tracking_no: str) -> tuple[str, str]:
    """Carrier and tracking number without spaces around them. Refuses what cannot be a parcel's."""
    carrier, tracking_no = carrier.strip(), tracking_no.strip()
    if not 0 < len(carrier) <= MAX_CARRIER or not _TRACKING_NO.match(tracking_no):
        raise InvalidTracking
    return carrier, tracking_no
