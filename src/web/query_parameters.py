"""The parameters that the address of a page may carry: none is ignored silently, and a senseless value is refused by its name.

    @role_required(Role.OPS)
    @accepts_parameters(state=one_of(OrderState), sale=number, q=text(64), cursor=cursor)
    def orders(request): ...

A value that makes no sense is refused. A name that the page does not know is told above the page (`unknown_names`): chat programs
append some of their own to addresses that are passed on, and the page works without them.
"""

import functools
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from django.http import HttpRequest

from kernel.refusal import Invalid

View = TypeVar("View", bound=Callable[..., Any])
Check = Callable[[str], tuple[str, str] | None]
"""What is wrong with a value, in Chinese and English; None where nothing is. An empty value means that nothing was asked."""

MAX_SHOWN = 40


class InvalidParameter(Invalid):
    code = "request.invalid_parameter"
    zh = "地址里的参数 {name} 是「{value}」，{wanted_zh}"
    en = "The address says {name}={value}: {wanted_en}"
    name: str
    value: str
    wanted_zh: str
    wanted_en: str


def parse_number(text: str | None) -> int | None:
    """A whole number of at most 15 digits, from an address or a form; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def number(value: str) -> tuple[str, str] | None:
    return None if parse_number(value) is not None else ("这里要一个编号", "a number is wanted here")


def parse_day(text: str | None) -> date | None:
    """A day like 2026-11-22, from an address; None for anything else."""
    try:
        return date.fromisoformat(text) if text and len(text) == 10 else None
    except ValueError:
        return None


def flag(value: str) -> tuple[str, str] | None:
    return None if value == "1" else ("这里只能是 1 或不写", "only 1 or nothing makes sense here")


def cursor(value: str) -> tuple[str, str] | None:
    """What it means is known to the list alone, which refuses a forged one (`web.pagination.InvalidCursor`)."""
    return None if value.isascii() and len(value) <= 500 else ("不是翻页标记", "this is no page cursor")


def day(value: str) -> tuple[str, str] | None:
    """A calendar day, as in 2026-12-01."""
    try:
        return (
            None if date.fromisoformat(value).isoformat() == value else ("要写成 2026-12-01", "write it as 2026-12-01")
        )
    except ValueError:
        return "要写成 2026-12-01", "write it as 2026-12-01"


def text(most: int) -> Check:
    def check(value: str) -> tuple[str, str] | None:
        return None if len(value) <= most else (f"最多 {most} 个字", f"at most {most} characters")

    return check


def one_of(values: Iterable[Any]) -> Check:
    known = [str(getattr(each, "value", each)) for each in values]

    def check(value: str) -> tuple[str, str] | None:
        if value in known:
            return None
        return f"这里可以是：{'、'.join(known)}", f"one of these is wanted: {', '.join(known)}"

    return check


def accepts_parameters(**checks: Check) -> Callable[[View], View]:
    """Says which parameters a page reads, and refuses senseless values before it reads them."""

    def declare(view: View) -> View:
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            request.known_parameters = frozenset(checks)  # type: ignore[attr-defined]
            for name, check in checks.items():
                values = request.GET.getlist(name)
                wrong = check(values[-1].strip()) if values and values[-1].strip() else None
                if len(values) > 1:
                    wrong = ("这里只能写一次", "it can be said only once")
                if wrong is not None:
                    raise InvalidParameter(name, values[-1][:MAX_SHOWN], *wrong)
            return view(request, *args, **kwargs)

        return checked  # type: ignore[return-value]

    return declare


def unknown_names(request: HttpRequest) -> list[str]:
    """The parameters of the address that its page does not read."""
    known: frozenset[str] = getattr(request, "known_parameters", frozenset())
    return [name[:MAX_SHOWN] for name in request.GET if name not in known]
