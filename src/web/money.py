"""API types of money: integer fen inside, decimal strings of yuan ("12.50") outside."""

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from kernel.money import format_yuan, parse_yuan

MAX_YUAN_FEN = 100_000_000_00


def _read(value: Any) -> int:
    if isinstance(value, str):
        fen = parse_yuan(value)
        if abs(fen) > MAX_YUAN_FEN:
            raise ValueError("amount out of range")
        return fen
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("money is a decimal string of yuan, like '12.50'")


def _refuse_bare_numbers(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError("money is a decimal string of yuan, like '12.50'")
    return _read(value)


_AS_STRING = {"type": "string", "pattern": r"^-?\d+(\.\d{1,2})?$", "examples": ["12.50"]}

YuanOut = Annotated[
    int, BeforeValidator(_read), PlainSerializer(format_yuan, return_type=str), WithJsonSchema(_AS_STRING)
]
"""An amount that we send: fen in Python, a decimal string on the wire."""

YuanIn = Annotated[int, BeforeValidator(_refuse_bare_numbers), WithJsonSchema(_AS_STRING)]
"""An amount that we are sent: only a decimal string, so that no float ever becomes money."""
