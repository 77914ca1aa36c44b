"""What is said of each event, in Chinese and in English."""

from collections.abc import Mapping

from events.rules.aftersales import TERMS_OF_AFTERSALES
from events.rules.codes import TERMS_OF_CODES
from events.rules.kinds import EventKind, KindTerms
from events.rules.money import TERMS_OF_MONEY
from events.rules.orders import TERMS_OF_ORDERS
from events.rules.selling import TERMS_OF_SELLING
from events.rules.uploads import TERMS_OF_UPLOADS

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
    return terms.zh.format_map(data), terms.en.format_map(data)
