"""Sign-in for programs, who am I, one's own password and tokens, and people for ops."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from accounts import selectors
from accounts.permissions import ActorRequest, RoleAuth, bearer_token, renew_session
from accounts.rules import SIGN_IN_ROLES, Role
from accounts.services import passwords, people, sign_in, tokens
from kernel import clock
from web.client import client_address
from web.pagination import PageOut, PageQuery
from web.schemas import Input, ReasonIn, Text, Word

router = Router(tags=["accounts"])
anyone_signed_in = RoleAuth(*SIGN_IN_ROLES)
ops = RoleAuth(Role.OPS)


class SignIn(Input):
    login: Word
    password: Text
    label: str = Field("API", max_length=80)


class TokenOut(Schema):
    token: str


class Me(Schema):
    id: int
    name: str
    role: str


class AuditOut(Schema):
    at: datetime
    who: str
    role: str
    action: str
    subject_kind: str
    subject_id: int
    details: dict[str, Any]
    request_id: str


class PasswordChange(Input):
    old: Text
    new: Text


class NewPassword(Input):
    """`secret` is the last part of the address of a one-time link."""

    secret: Word
    new: Text


class PasswordLinkOut(Schema):
    address: str
    expires_at: datetime


class PeopleQuery(PageQuery):
    words: Word = ""
    role: Role | None = None
    active: bool | None = None


@router.post("/tokens", response=TokenOut, auth=None)
def create_token(request: HttpRequest, body: SignIn) -> dict[str, str]:
    """Exchange login and password for an API token (90 days).

    Refused: 401 `accounts.wrong_sign_in`; 429 `accounts.too_many_attempts` with Retry-After after too many wrong passwords from one
    address; 503 `accounts.too_many_hashes` with Retry-After; 409 `accounts.too_many_tokens`.
    """
    now = clock.now()
    person = sign_in.verify_sign_in(login=body.login, password=body.password, address=client_address(request), now=now)
    return {"token": tokens.issue_token(actor=selectors.actor_of(person), label=body.label, now=now)}


@router.get("/tokens", response=list[selectors.TokenView], auth=anyone_signed_in)
def list_tokens(request: ActorRequest) -> Any:
    """One's own valid tokens, the newest first."""
    return selectors.tokens_of(request.auth, at=clock.now())


@router.delete("/tokens", response={204: None}, auth=anyone_signed_in)
def revoke_tokens(request: ActorRequest) -> Status[None]:
    """Revoke all of one's own tokens."""
    tokens.revoke_tokens(actor=request.auth, now=clock.now())
    return Status(204, None)


@router.delete("/tokens/{int:token_id}", response={204: None}, auth=anyone_signed_in)
def revoke_token(request: ActorRequest, token_id: int) -> Status[None]:
    """Revoke one of one's own tokens."""
    tokens.revoke_token(actor=request.auth, token_id=token_id, now=clock.now())
    return Status(204, None)


@router.get("/me", response=Me, auth=anyone_signed_in)
def me(request: ActorRequest) -> dict[str, Any]:
    return {"id": request.auth.person_id, "name": request.auth.name, "role": request.auth.role.value}


@router.post("/me/password", response={204: None}, auth=anyone_signed_in)
def change_password(request: ActorRequest, body: PasswordChange) -> Status[None]:
    """Change one's own password. All sessions and tokens end, except the one that asks.

    Refused: 401 `accounts.wrong_password` where `old` is wrong, 422 `accounts.weak_password`, and 429 and 503 as at signing in.
    """
    token = bearer_token(request)
    passwords.change_password(
        actor=request.auth,
        old=body.old,
        new=body.new,
        address=client_address(request),
        keep_token=token,
        now=clock.now(),
    )
    if not token:
        renew_session(request)
    return Status(204, None)


@router.post("/password-links/redeem", response={204: None}, auth=None)
def redeem_password_link(request: HttpRequest, body: NewPassword) -> Status[None]:
    """Set a new password with a one-time link; then sign in with it. Refused: 404 `accounts.link_not_good`."""
    passwords.redeem_password_link(secret=body.secret, new=body.new, now=clock.now())
    return Status(204, None)


@router.get("/people", response=PageOut[selectors.PersonView], auth=ops)
def list_people(request: ActorRequest, page: Query[PeopleQuery]) -> Any:
    """Everybody, the newest first; `words` are part of a name or the beginning of a login."""
    return selectors.people(words=page.words, role=page.role, active=page.active, cursor=page.cursor, limit=page.limit)


@router.get("/people/{int:person_id}", response=selectors.PersonView, auth=ops)
def show_person(request: ActorRequest, person_id: int) -> Any:
    return selectors.person(person_id)


@router.post("/people/{int:person_id}/password-links", response={201: PasswordLinkOut}, auth=ops)
def issue_password_link(request: ActorRequest, person_id: int) -> Any:
    """A link with which this person sets a new password, once. It cannot be read again; earlier links end."""
    link = passwords.issue_password_link(actor=request.auth, person_id=person_id, now=clock.now())
    address = request.build_absolute_uri(reverse("password_link", args=[link.secret]))
    return Status(201, {"address": address, "expires_at": link.expires_at})


@router.post("/people/{int:person_id}/deactivate", response=selectors.PersonView, auth=ops)
def deactivate(request: ActorRequest, person_id: int, body: ReasonIn) -> Any:
    """Shut somebody out: her sessions, tokens, forwards and invitation codes stop. Refused: 409 `accounts.last_ops`."""
    return people.deactivate(actor=request.auth, person_id=person_id, reason=body.reason, now=clock.now())


@router.post("/people/{int:person_id}/reactivate", response=selectors.PersonView, auth=ops)
def reactivate(request: ActorRequest, person_id: int, body: ReasonIn) -> Any:
    """Let somebody in again, with the password that she had."""
    return people.reactivate(actor=request.auth, person_id=person_id, reason=body.reason, now=clock.now())


@router.get("/audit", response=PageOut[AuditOut], auth=RoleAuth(Role.OPS, Role.FINANCE))
def audit(request: ActorRequest, page: Query[PageQuery], subject_kind: Word = "", subject_id: int | None = None) -> Any:
    """The audit trail, newest first."""
    return selectors.audit_entries(
        subject_kind=subject_kind, subject_id=subject_id, cursor=page.cursor, limit=page.limit
    )
