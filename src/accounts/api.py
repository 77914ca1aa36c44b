"""Sign-in for programs, and who am I."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from accounts import queries, verbs
from accounts.gates import ActorRequest, allow
from accounts.rules import SIGN_IN_ROLES, Role
from kernel import clock
from wire.pages import PageOut, PageQuery

router = Router(tags=["accounts"])
anyone_signed_in = allow(*SIGN_IN_ROLES)


class SignIn(Schema):
    login: str
    password: str
    label: str = "API"


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
    verb: str
    subject_kind: str
    subject_id: int
    details: dict[str, Any]
    request_id: str


@router.post("/tokens", response=TokenOut, auth=None)
def create_token(request: HttpRequest, body: SignIn) -> dict[str, str]:
    """Exchange login and password for an API token (90 days)."""
    person = verbs.verify_sign_in(login=body.login, password=body.password)
    return {"token": verbs.issue_token(actor=queries.actor_of(person), label=body.label, now=clock.now())}


@router.delete("/tokens", response={204: None}, auth=anyone_signed_in)
def revoke_tokens(request: ActorRequest) -> Status[None]:
    """Revoke all of one's own tokens."""
    verbs.revoke_tokens(actor=request.auth, now=clock.now())
    return Status(204, None)


@router.get("/me", response=Me, auth=anyone_signed_in)
def me(request: ActorRequest) -> dict[str, Any]:
    return {"id": request.auth.person_id, "name": request.auth.name, "role": request.auth.role.value}


@router.get("/audit", response=PageOut[AuditOut], auth=allow(Role.OPS, Role.FINANCE))
def audit(request: ActorRequest, page: Query[PageQuery], subject_kind: str = "", subject_id: int | None = None) -> Any:
    """The audit trail, newest first."""
    return queries.audit_trail(subject_kind=subject_kind, subject_id=subject_id, after=page.after, size=page.size)
