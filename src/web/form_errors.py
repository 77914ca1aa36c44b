"""What is wrong with a posted form, as the summary above it says: each fault in words, with the field that it is about."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.forms import BaseForm, BoundField


@dataclass(frozen=True, slots=True)
class Fault:
    """`target` is the id of the field's element, or "" where the fault is about the whole form; `label` names the field."""

    words: str
    target: str = ""
    label: str = ""


def of_form(form: BaseForm) -> list[Fault]:
    """The faults of a bound form: those of the whole form, then field by field in the order of the page."""
    found = [Fault(str(words)) for words in form.non_field_errors()]
    for field in form:
        found += [Fault(str(words), _element(field), str(field.label)) for words in field.errors]
    return found


def collected(sources: Iterable[object]) -> list[Fault]:
    """The faults of forms, of lists of faults, and of sentences, in this order; what is empty adds nothing."""
    found: list[Fault] = []
    for source in sources:
        if isinstance(source, BaseForm):
            found += of_form(source)
        elif isinstance(source, Fault):
            found.append(source)
        elif isinstance(source, list | tuple):
            found += collected(source)
        elif source:
            found.append(Fault(str(source)))
    return found


def _element(field: BoundField) -> str:
    """The element that takes the focus: the field's own, or the first of its boxes; a hidden field has none."""
    if field.is_hidden:
        return ""
    return field.id_for_label or f"{field.auto_id}_0"
