"""What all pages of the desk share: how a deed is done from a form, and how a refusal is told without losing what was typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.permissions import ActorRequest
from accounts.rules import Actor, NotAllowed, Role
from accounts.selectors import audit_trail
from kernel import clock
from kernel.refusal import Refusal

BOTH = (Role.OPS, Role.FINANCE)


class NoFields(forms.Form):
    """For a deed that needs nothing typed."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that may be done on a page: by whom, what is typed for it, the verb, and what is said afterwards.

    `act` gets the actor, the instant, and the cleaned fields of the form as keywords. So does `preview`, where there is one: what it
    gives is shown first, and the deed is done once the same fields are sent again with the confirmation.
    """

    roles: tuple[Role, ...]
    act: Callable[..., object]
    done: str | Promise
    form: type[forms.Form] = NoFields
    initial: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    preview: Callable[..., object] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a deed would do, shown before it is done; `token` confirms the fields that were sent, and no others."""

    effect: object
    token: str


class DeskForms(dict[str, forms.Form]):
    """The forms of a page by deed, those that this person may do; `others` tells who does the other deeds, `previews` what a deed would
    do that waits for its confirmation."""

    def __init__(self) -> None:
        super().__init__()
        self.others: dict[str, tuple[Role, ...]] = {}
        self.previews: dict[str, Preview] = {}


@dataclass(slots=True)
class Attempt:
    """What came of a request: the forms to show, what the verb gave where a deed was done, and why not where it was refused."""

    forms: DeskForms
    done: bool = False
    result: object = None
    refusal: Refusal | None = None


def attempt(request: ActorRequest, deeds: Mapping[str, Deed]) -> Attempt:
    """Do the deed that a posted form names, if it names one that this person may do.

    What is refused stands at the form, which keeps what was typed. A deed of another role is refused; one that the state of things
    has overtaken is told.
    """
    allowed = {name: deed for name, deed in deeds.items() if request.actor.role in deed.roles}
    name = request.POST.get("deed", "") if request.method == "POST" else ""
    if name in deeds and name not in allowed:
        raise NotAllowed(role=request.actor.role.value)
    if name and name not in deeds:
        messages.error(request, _("状态已变，这个操作现在做不了；请看最新情况"))
    found = DeskForms()
    for each, deed in allowed.items():
        typed = request.POST if each == name else None
        found[each] = deed.form(typed, initial=dict(deed.initial), prefix=each, **deed.options)
    found.others = {each: deed.roles for each, deed in deeds.items() if each not in allowed}
    outcome = Attempt(found)
    if name in allowed and found[name].is_valid():
        deed, token = allowed[name], _token(request, name)
        try:
            if deed.preview is not None and request.POST.get("confirmed") != token:
                effect = deed.preview(actor=request.actor, now=clock.now(), **found[name].cleaned_data)
                found.previews[name] = Preview(effect, token)
                return outcome
            outcome.result = deed.act(actor=request.actor, now=clock.now(), **found[name].cleaned_data)
        except Refusal as refusal:
            outcome.refusal = refusal
            found[name].add_error(None, sentence(request, refusal))
        else:
            outcome.done = True
            messages.success(request, str(deed.done))
    return outcome


def _token(request: ActorRequest, deed: str) -> str:
    """A digest of what was typed for a deed."""
    typed = sorted((name, values) for name, values in request.POST.lists() if name.startswith(f"{deed}-"))
    return sha256(repr((deed, typed)).encode()).hexdigest()[:32]


def act_of(verb: Callable[..., object], **fixed: Any) -> Callable[..., object]:
    """The verb with what the page knows filled in: `act_of(services.refuse, brand_id=3)`."""

    def act(*, actor: Actor, now: datetime, **typed: Any) -> object:
        return verb(actor=actor, now=now, **fixed, **typed)

    return act


def show(request: ActorRequest, template: str, **context: Any) -> HttpResponse:
    return render(request, f"console/{template}", context)


def sentence(request: ActorRequest, refusal: Refusal) -> str:
    return refusal.sentence(request.LANGUAGE_CODE)


def trail(kind: str, subject_id: int, size: int = 12) -> Any:
    """The latest acts upon one thing, for the side of its page."""
    return audit_trail(subject_kind=kind, subject_id=subject_id, size=size)


def after(request: ActorRequest) -> str:
    """The page marker of a list, as it stands in the address."""
    return request.GET.get("after", "")


def whole(text: str | None) -> int | None:
    """A whole number from an address or a form; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
