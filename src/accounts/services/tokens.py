"""API tokens: issuing them after signing in, and revoking them."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import ApiToken
from accounts.rules import Actor
from accounts.selectors import digest_of
from accounts.services.audit import record
from accounts.services.people import lock_person
from kernel.refusal import Conflict, Missing

TOKEN_LIFE = timedelta(days=90)
RETENTION = timedelta(days=30)


class TooManyTokens(Conflict):
    code = "accounts.too_many_tokens"
    zh = "您已有 {limit} 个有效的接口令牌；请先在“账号与密码”页作废不用的，再签发新的"
    en = "You have {limit} valid API tokens; revoke those that you no longer use on the page “Account and password” first"
    limit: int


class NoSuchToken(Missing):
    code = "accounts.no_such_token"
    zh = "没有这个令牌，或已经作废（{token_id}）"
    en = "There is no such token, or it is revoked already ({token_id})"
    token_id: int


@transaction.atomic
def issue_token(*, actor: Actor, label: str, now: datetime) -> str:
    """Issue an API token to this person, valid for 90 days. It is returned once and cannot be read again.

    Refuses with TooManyTokens more than `settings.MAX_TOKENS` valid tokens (ACCOUNT-7).
    """
    lock_person(actor.own_id)
    valid = ApiToken.objects.filter(person_id=actor.own_id, revoked_at=None, expires_at__gt=now).count()
    if valid >= settings.MAX_TOKENS:
        raise TooManyTokens(limit=settings.MAX_TOKENS)
    token = f"wc_{secrets.token_urlsafe(32)}"
    ApiToken.objects.create(
        person_id=actor.own_id,
        label=label[:80] or "API",
        digest=digest_of(token),
        created_at=now,
        expires_at=now + TOKEN_LIFE,
    )
    record(
        actor=actor,
        action="accounts.issue_token",
        kind="person",
        subject_id=actor.own_id,
        details={"label": label[:80]},
        now=now,
    )
    return token


@transaction.atomic
def revoke_token(*, actor: Actor, token_id: int, now: datetime) -> None:
    """Revoke one of one's own tokens."""
    revoked = ApiToken.objects.filter(pk=token_id, person_id=actor.own_id, revoked_at=None).update(revoked_at=now)
    if not revoked:
        raise NoSuchToken(token_id=token_id)
    record(
        actor=actor,
        action="accounts.revoke_tokens",
        kind="person",
        subject_id=actor.own_id,
        details={"revoked": 1, "token_id": token_id},
        now=now,
    )


@transaction.atomic
def revoke_tokens(*, actor: Actor, now: datetime) -> int:
    """Revoke all of one's own tokens; returns how many were valid."""
    revoked = ApiToken.objects.filter(person_id=actor.own_id, revoked_at=None).update(revoked_at=now)
    record(
        actor=actor,
        action="accounts.revoke_tokens",
        kind="person",
        subject_id=actor.own_id,
        details={"revoked": revoked},
        now=now,
    )
    return revoked


def purge_tokens(*, now: datetime) -> int:
    """Delete tokens that expired or were revoked a month ago; returns how many."""
    before = now - RETENTION
    expired, _ = ApiToken.objects.filter(expires_at__lt=before).delete()
    revoked, _ = ApiToken.objects.filter(revoked_at__lt=before).delete()
    return expired + revoked
