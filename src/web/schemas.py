"""The bases of requests and answers of the API.

Clients may send known fields only, and texts, numbers, instants, days and rates bounded, so that no time zone, index, column or
audit entry meets what it cannot hold. What a text may hold beyond that is the rule of the service that takes it."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

FIRST_YEAR, LAST_YEAR = 2000, 2199
MAX_WORD, MAX_TEXT, MAX_OBJECT = 200, 1000, 4000


class Output(BaseModel):
    """Base of what an endpoint answers with, read from the attributes of a view.

    ninja's own base wraps each object in a getter of Django's managers and files, which views have none of: it took half of the time that
    a page of 24 goods needs to become JSON.
    """

    model_config = ConfigDict(from_attributes=True)


class Input(Schema):
    """Base of all that a program sends as a body. A field that is not known is refused: a misspelt limit must not mean no limit."""

    model_config = ConfigDict(extra="forbid")


def _bounded_instant(instant: datetime) -> datetime:
    # The year comes first: converting the year 1 or 9999 to another zone overflows.
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"an instant between {FIRST_YEAR} and {LAST_YEAR}")
    return instant.astimezone(UTC)


def _bounded_day(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"a day between {FIRST_YEAR} and {LAST_YEAR}")
    return day


def _bounded_object(value: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(value, ensure_ascii=False)) > MAX_OBJECT:
        raise ValueError(f"an object of at most {MAX_OBJECT} characters")
    return value


Word = Annotated[str, Field(max_length=MAX_WORD)]
"""A name, number or key."""
Text = Annotated[str, Field(max_length=MAX_TEXT)]
"""A reason, an address, a note."""
Cursor = Annotated[str, Field(max_length=MAX_TEXT)]
"""The `next` of the page before."""
SmallObject = Annotated[dict[str, Any], AfterValidator(_bounded_object)]
"""An object whose fields the service itself reads, like the terms of a sale."""
Instant = Annotated[AwareDatetime, AfterValidator(_bounded_instant)]
"""ISO 8601 with an offset, of the years 2000 to 2199."""
Day = Annotated[date, AfterValidator(_bounded_day)]
"""A day of the years 2000 to 2199."""
Whole = Annotated[int, Field(strict=True)]
"""A whole number as JSON has it: neither "1" nor true, which some programs take for it."""
Rate = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=12, decimal_places=8)]
"""A share like 0.25, as a decimal text; the rules say which shares make sense."""


class ReasonIn(Input):
    """Why somebody does what others will ask about."""

    reason: Text
