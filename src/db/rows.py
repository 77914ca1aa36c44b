"""From a row to a frozen dataclass: `view_of` reads an object of a model, `row_builder` the columns of a statement (`db.sql.fetch`).

A field whose type is an enum takes the stored value and becomes the member.
"""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

View = TypeVar("View")

_FIELDS: dict[type, Mapping[str, type[enum.Enum] | None]] = {}


def view_of(view: type[View], row: object, **values: object) -> View:
    """A view whose fields are attributes of the row by the same names; `values` gives those that are computed or named otherwise.

    Raises AttributeError for a field that is in neither, TypeError for a value that is no field.
    """
    for name, member_of in _fields_with_enums(view).items():
        if name not in values:
            value = getattr(row, name)
            values[name] = value if member_of is None or value is None else member_of(value)
    return view(**values)


def row_builder(row_class: type[View], columns: Sequence[str]) -> Callable[[Sequence[Any]], View]:
    """A function from a tuple of these columns to an instance of a dataclass. Raises TypeError unless they are exactly its fields."""
    enums = _fields_with_enums(row_class)
    if sorted(columns) != sorted(enums):
        raise TypeError(
            f"{row_class.__name__} has the fields {sorted(enums)}, the statement the columns {sorted(columns)}"
        )
    members = {name: member_of for name, member_of in enums.items() if member_of is not None}

    def build(row: Sequence[Any]) -> View:
        values = dict(zip(columns, row, strict=True))
        for name, member_of in members.items():
            if values[name] is not None:
                values[name] = member_of(values[name])
        return row_class(**values)

    return build


def _fields_with_enums(view: Any) -> Mapping[str, type[enum.Enum] | None]:
    """The fields of a dataclass, each with the enum of its members where its type is one."""
    if view not in _FIELDS:
        hints = get_type_hints(view)
        _FIELDS[view] = {field.name: _enum_in(hints[field.name]) for field in fields(view)}
    return _FIELDS[view]


def _enum_in(hint: Any) -> type[enum.Enum] | None:
    if isinstance(hint, type):
        return hint if issubclass(hint, enum.Enum) else None
    arguments = get_args(hint)[:1] if get_origin(hint) is Annotated else get_args(hint)
    found = [each for each in map(_enum_in, arguments) if each is not None]
    return found[0] if len(found) == 1 and get_origin(hint) not in (list, tuple, dict) else None
