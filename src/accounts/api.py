"""Sign-in for programs, who am I, one's own password and tokens, and people for ops."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from ninja import Query
from pydantic import Field

from accounts import selectors
from accounts.permissions import ActorRequest, RoleAuth, bearer_token, renew_session
from accounts.rules import MAX_TYPED_CODE, SIGN_IN_ROLES, Role
from accounts.selectors import AuditView, PersonView, TokenView
from accounts.services import code_resets, one_time_codes, passwords, people, sign_in, tokens
from accounts.services.code_resets import CodeResetView
from accounts.services.one_time_codes import CodeStatus, DeviceSetup
from kernel import clock
from web.client import client_address
from web.pagination import Page, PageQuery
from web.responses import ViewRouter
from web.schemas import Input, ReasonIn, Text, Word

router = ViewRouter(tags=["accounts"])
anyone_signed_in = RoleAuth(*SIGN_IN_ROLES)
ops = RoleAuth(Role.OPS)
platform = RoleAuth(Role.OPS, Role.FINANCE)


class SignInIn(Input):
    login: Word
    password: Text
    label: str = Field("API", max_length=80)


class PasswordIn(Input):
    password: Text


class OneTimeCodeIn(Input):
    code: str = Field(max_length=MAX_TYPED_CODE)


@dataclass(frozen=True, slots=True)
class RecoveryCodesView:
    """New recovery codes. They cannot be read again."""

    recovery_codes: list[str]


@dataclass(frozen=True, slots=True)
class IssuedTokenView:
    """A new API token. It cannot be read again."""

    token: str


@dataclass(frozen=True, slots=True)
class MeView:
    """The person who is signed in."""

    id: int
    name: str
    role: Role


class PasswordChangeIn(Input):
    old: Text
    new: Text


class NewPasswordIn(Input):
    """`secret` is the last part of the address of a one-time link."""

    secret: Word
    new: Text


@dataclass(frozen=True, slots=True)
class PasswordLinkView:
    """The address of a one-time link. It cannot be read again."""

    address: str
    expires_at: datetime


class PeopleQuery(PageQuery):
    search: Word = ""
    role: Role | None = None
    active: bool | None = None


@router.post("/tokens", auth=None)
def create_token(request: HttpRequest, body: SignInIn) -> IssuedTokenView:
    """Exchange login and password for an API token (90 days).

    Refused: 401 `accounts.wrong_sign_in`; 429 `accounts.too_many_attempts` with Retry-After after too many wrong passwords from one
    address; 503 `accounts.too_many_hashes` with Retry-After; 409 `accounts.too_many_tokens`.
    """
    now = clock.now()
    person = sign_in.verify_sign_in(login=body.login, password=body.password, address=client_address(request), now=now)
    return IssuedTokenView(tokens.issue_token(actor=selectors.actor_of(person), label=body.label, now=now))


@router.get("/tokens", auth=anyone_signed_in)
def list_tokens(request: ActorRequest) -> list[TokenView]:
    """One's own valid tokens, the newest first."""
    return selectors.list_own_tokens(request.auth, at=clock.now())


@router.delete("/tokens", auth=anyone_signed_in)
def revoke_tokens(request: ActorRequest) -> None:
    """Revoke all of one's own tokens."""
    tokens.revoke_tokens(actor=request.auth, now=clock.now())


@router.delete("/tokens/{int:token_id}", auth=anyone_signed_in)
def revoke_token(request: ActorRequest, token_id: int) -> None:
    """Revoke one of one's own tokens."""
    tokens.revoke_token(actor=request.auth, token_id=token_id, now=clock.now())


@router.get("/me", auth=anyone_signed_in)
def get_me(request: ActorRequest) -> MeView:
    return MeView(id=request.auth.own_id, name=request.auth.name, role=request.auth.role)


@router.post("/me/password", auth=anyone_signed_in)
def change_password(request: ActorRequest, body: PasswordChangeIn) -> None:
    """Change one's own password. All sessions and tokens end, except the one of this request.

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


@router.get("/me/one-time-code", auth=platform)
def get_code_status(request: ActorRequest) -> CodeStatus:
    """Whether one-time codes are set up, and how many recovery codes are left."""
    return one_time_codes.get_code_status(request.auth, at=clock.now())


@router.post("/me/one-time-code", auth=platform)
def begin_setup(request: ActorRequest, body: PasswordIn) -> DeviceSetup:
    """Begin to set up one-time codes (RFC 6238): the secret for an authenticator app. `confirm` puts it into use."""
    return one_time_codes.begin_setup(
        actor=request.auth, password=body.password, address=client_address(request), now=clock.now()
    )


@router.post("/me/one-time-code/replace", auth=platform)
def begin_replacement(request: ActorRequest, body: OneTimeCodeIn) -> DeviceSetup:
    """Begin to set up another device, with a code of the one in use or a recovery code. `confirm` puts it into use."""
    return one_time_codes.begin_replacement(actor=request.auth, code=body.code, now=clock.now())


@router.post("/me/one-time-code/confirm", auth=platform)
def confirm_setup(request: ActorRequest, body: OneTimeCodeIn) -> RecoveryCodesView:
    """Put the device into use with its first code. The answer holds ten recovery codes, each of which works once."""
    return RecoveryCodesView(one_time_codes.confirm_setup(actor=request.auth, code=body.code, now=clock.now()))


@router.post("/me/recovery-codes", auth=platform)
def renew_recovery_codes(request: ActorRequest, body: OneTimeCodeIn) -> RecoveryCodesView:
    """Replace the recovery codes; earlier ones end."""
    return RecoveryCodesView(one_time_codes.renew_recovery_codes(actor=request.auth, code=body.code, now=clock.now()))


@router.post("/people/{int:person_id}/code-resets", response=201, auth=platform)
def request_code_reset(request: ActorRequest, person_id: int, body: ReasonIn) -> CodeResetView:
    """Ask that somebody's one-time codes are removed, who lost her device. Another person approves it."""
    return code_resets.request_reset(actor=request.auth, person_id=person_id, reason=body.reason, now=clock.now())


@router.post("/code-resets/{int:reset_id}/approve", auth=platform)
def approve_code_reset(request: ActorRequest, reset_id: int) -> CodeResetView:
    """Remove the device and the recovery codes. Refused: 403 `accounts.own_reset`, `accounts.arranged_reset`."""
    return code_resets.approve_reset(actor=request.auth, reset_id=reset_id, now=clock.now())


@router.post("/code-resets/{int:reset_id}/refuse", auth=platform)
def refuse_code_reset(request: ActorRequest, reset_id: int) -> CodeResetView:
    """Refuse a reset, or take back one's own."""
    return code_resets.refuse_reset(actor=request.auth, reset_id=reset_id, now=clock.now())


@router.post("/password-links/redeem", auth=None)
def redeem_password_link(request: HttpRequest, body: NewPasswordIn) -> None:
    """Set a new password with a one-time link; then sign in with it. Refused: 404 `accounts.invalid_link`."""
    passwords.redeem_password_link(secret=body.secret, new=body.new, now=clock.now())


@router.get("/people", auth=ops)
def list_people(request: ActorRequest, page: Query[PeopleQuery]) -> Page[PersonView]:
    """Everybody, the newest first; `search` is part of a name or the beginning of a login."""
    return selectors.list_people(
        search=page.search, role=page.role, active=page.active, cursor=page.cursor, limit=page.limit
    )


@router.get("/people/{int:person_id}", auth=ops)
def get_person(request: ActorRequest, person_id: int) -> PersonView:
    return selectors.get_person(person_id)


@router.post("/people/{int:person_id}/password-links", response=201, auth=ops)
def issue_password_link(request: ActorRequest, person_id: int) -> PasswordLinkView:
    """A link with which this person sets a new password, once. It cannot be read again; earlier links end."""
    link = passwords.issue_password_link(actor=request.auth, person_id=person_id, now=clock.now())
    address = request.build_absolute_uri(reverse("password_link", args=[link.secret]))
    return PasswordLinkView(address=address, expires_at=link.expires_at)


@router.post("/people/{int:person_id}/deactivate", auth=ops)
def deactivate(request: ActorRequest, person_id: int, body: ReasonIn) -> PersonView:
    """Deactivate somebody: her sessions, tokens, forwards and invitation codes stop. Refused: 409 `accounts.last_ops`."""
    return people.deactivate(actor=request.auth, person_id=person_id, reason=body.reason, now=clock.now())


@router.post("/people/{int:person_id}/reactivate", auth=ops)
def reactivate(request: ActorRequest, person_id: int, body: ReasonIn) -> PersonView:
    """Reactivate somebody, with the password that she had."""
    return people.reactivate(actor=request.auth, person_id=person_id, reason=body.reason, now=clock.now())


@router.get("/audit", auth=RoleAuth(Role.OPS, Role.FINANCE))
def list_audit_entries(
    request: ActorRequest, page: Query[PageQuery], subject_kind: Word = "", subject_id: int | None = None
) -> Page[AuditView]:
    """The audit log, the newest first."""
    return selectors.list_audit_entries(
        subject_kind=subject_kind, subject_id=subject_id, cursor=page.cursor, limit=page.limit
    )
