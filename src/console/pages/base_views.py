"""What all pages of the desk share: how a form action is done from a form, and how a refusal is told without losing what was typed."""

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
from accounts.selectors import list_audit_entries
from events.rules.kinds import Face
from events.selectors import Inbox, count_unread
from kernel import clock
from kernel.refusal import Refusal
from treasury.selectors.requests import MoneyRequestView

BOTH = (Role.OPS, Role.FINANCE)


class NoFields(forms.Form):
    """For a form action that needs nothing typed."""


@dataclass(frozen=True, slots=True)
class FormAction:
    """Something that may be done on a page: by whom, what is typed for it, the service, and what is said afterwards,
    of what it gave and the instant where `done` is a function.

    `act` gets the actor, the instant, and the cleaned fields of the form as keywords. So does `preview`, where there is one: what it
    gives is shown first, and the form action is done once the same fields are sent again with the confirmation.
    """

    roles: tuple[Role, ...]
    act: Callable[..., object]
    done: str | Promise | Callable[[Any, datetime], str]
    form: type[forms.Form] = NoFields
    initial: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    preview: Callable[..., object] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a form action would do, shown before it is done; `token` confirms the fields that were sent, and no others."""

    effect: object
    token: str


class ConsoleForms(dict[str, forms.Form]):
    """The forms of a page by the name of their action: those that this person may submit.

    `others` names the roles that may submit the remaining ones; `previews` holds the effect of an action that waits for confirmation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.others: dict[str, tuple[Role, ...]] = {}
        self.previews: dict[str, Preview] = {}


@dataclass(slots=True)
class Submission:
    """What came of a request: the forms to show, what the service gave where a form action was done, and why not where it was refused."""

    forms: ConsoleForms
    done: bool = False
    result: object = None
    refusal: Refusal | None = None


def submit_form(
    request: ActorRequest, form_actions: Mapping[str, FormAction], *, refused: Mapping[str, Refusal] | None = None
) -> Submission:
    """Do the form action that a posted form names, if it names one that this person may do.

    What is refused stands at the form, which keeps what was typed. A form action of another role is refused; one that the state of things
    has overtaken is told, with the reason where `refused` gives one for its name.
    """
    allowed = {
        name: form_action for name, form_action in form_actions.items() if request.actor.role in form_action.roles
    }
    name = request.POST.get("form_action", "") if request.method == "POST" else ""
    if name in form_actions and name not in allowed:
        raise NotAllowed(role=request.actor.role.value)
    if name and name not in form_actions:
        why = (refused or {}).get(name)
        changed = _("状态已变，这个操作现在做不了；请看最新情况")
        messages.error(request, changed if why is None else sentence(request, why))
    found = ConsoleForms()
    for each, form_action in allowed.items():
        typed = request.POST if each == name else None
        found[each] = form_action.form(typed, initial=dict(form_action.initial), prefix=each, **form_action.options)
    found.others = {each: form_action.roles for each, form_action in form_actions.items() if each not in allowed}
    outcome = Submission(found)
    if name in allowed and found[name].is_valid():
        form_action, token, now = allowed[name], _token(request, name), clock.now()
        try:
            if form_action.preview is not None and request.POST.get("confirmed") != token:
                effect = form_action.preview(actor=request.actor, now=now, **found[name].cleaned_data)
                found.previews[name] = Preview(effect, token)
                return outcome
            outcome.result = form_action.act(actor=request.actor, now=now, **found[name].cleaned_data)
        except Refusal as refusal:
            outcome.refusal = refusal
            found[name].add_error(None, sentence(request, refusal))
        else:
            outcome.done = True
            messages.success(request, _done(form_action, outcome.result, now))
    return outcome


def _done(form_action: FormAction, result: object, now: datetime) -> str:
    return form_action.done(result, now) if callable(form_action.done) else str(form_action.done)


def entered(done: str | Promise) -> Callable[[MoneyRequestView, datetime], str]:
    """What is said when money was entered: `done`, or that it was entered before and nothing was added."""

    def words(view: MoneyRequestView, now: datetime) -> str:
        if view.entered_at == now:
            return str(done)
        return _("先前已录入过：第 %(n)d 笔，没有再录入") % {"n": view.id}

    return words


def _token(request: ActorRequest, form_action: str) -> str:
    """A digest of what was typed for a form action."""
    typed = sorted((name, values) for name, values in request.POST.lists() if name.startswith(f"{form_action}-"))
    return sha256(repr((form_action, typed)).encode()).hexdigest()[:32]


def bind(action: Callable[..., object], **fixed: Any) -> Callable[..., object]:
    """The service with what the page knows filled in: `bind(services.refuse, brand_id=3)`."""

    def act(*, actor: Actor, now: datetime, **typed: Any) -> object:
        return action(actor=actor, now=now, **fixed, **typed)

    return act


def render_page(request: ActorRequest, template: str, **context: Any) -> HttpResponse:
    unread_events = count_unread(Inbox(Face.CONSOLE, None, request.actor.own_id)).unread
    return render(request, f"console/{template}", {"unread_events": unread_events, **context})


def sentence(request: ActorRequest, refusal: Refusal) -> str:
    return refusal.sentence(request.LANGUAGE_CODE)


def audit_log(kind: str, subject_id: int, limit: int = 12) -> Any:
    """The latest acts upon one thing, for the side of its page."""
    return list_audit_entries(subject_kind=kind, subject_id=subject_id, limit=limit)


def cursor_of(request: ActorRequest) -> str:
    """The page marker of a list, as it stands in the address."""
    return request.GET.get("cursor", "")
