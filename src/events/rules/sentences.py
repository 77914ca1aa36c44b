"""What is said of each event, in Chinese and in English."""

import re
from collections.abc import Mapping

from events.rules.aftersales import TERMS_OF_AFTERSALES
from events.rules.codes import TERMS_OF_CODES
from events.rules.kinds import EventKind, KindTerms
from events.rules.money import TERMS_OF_MONEY
from events.rules.orders import TERMS_OF_ORDERS
from events.rules.selling import TERMS_OF_SELLING
from events.rules.uploads import TERMS_OF_UPLOADS

_AMOUNT = re.compile(r"¥(\d{4,})(?=\.\d\d)")

TERMS: Mapping[EventKind, KindTerms] = {
    **TERMS_OF_ORDERS,
    **TERMS_OF_AFTERSALES,
    **TERMS_OF_SELLING,
    **TERMS_OF_MONEY,
    **TERMS_OF_CODES,
    **TERMS_OF_UPLOADS,
}


def missing_data(kind: EventKind, data: Mapping[str, object]) -> list[str]:
    """The names of data that the sentences of a kind need and `data` lacks."""
    return sorted(TERMS[kind].named_data - data.keys())


def sentences(kind: EventKind, data: Mapping[str, object]) -> tuple[str, str]:
    """What is said of an event, in Chinese and in English."""
    terms = TERMS[kind]
    return _grouped(terms.zh.format_map(data)), _grouped(terms.en.format_map(data))


def _grouped(text: str) -> str:
    """The text with its amounts as all screens show them: events keep 1000.00, people read ¥1,000.00."""
    return _AMOUNT.sub(lambda amount: f"¥{int(amount[1]):,}", text)
