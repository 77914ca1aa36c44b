"""What clients may send as numbers, instants, days and rates: bounded, so that no time zone, index or column meets what it cannot hold."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

FIRST_YEAR, LAST_YEAR = 2000, 2199


def _bounded_instant(instant: datetime) -> datetime:
    # The year first: at the edges of time another zone cannot even be computed.
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"an instant between {FIRST_YEAR} and {LAST_YEAR}")
    return instant.astimezone(UTC)


def _bounded_day(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"a day between {FIRST_YEAR} and {LAST_YEAR}")
    return day


Instant = Annotated[AwareDatetime, AfterValidator(_bounded_instant)]
"""ISO 8601 with an offset, of the years 2000 to 2199."""
Day = Annotated[date, AfterValidator(_bounded_day)]
"""A day of the years 2000 to 2199."""
Whole = Annotated[int, Field(strict=True)]
"""A whole number as JSON has it: neither "1" nor true, which some programs take for it."""
Rate = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=12, decimal_places=8)]
"""A share like 0.25, as a decimal text; the rules say which shares make sense."""
