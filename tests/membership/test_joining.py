"""Joining and invitation codes through the services (GROWTH-14)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from accounts.models import Person
from accounts.rules import SYSTEM, Actor, NotAllowed, Role
from accounts.services.people import LoginTaken
from membership.models import InvitationCode
from membership.rules.tiers import Tier
from membership.selectors import people as membership_people
from membership.selectors.people import CodeExpired, CodeOfNoVip, CodeUsedUp, CodeWithdrawn, InvalidCode
from membership.services import invitations
from tests.membership.acts import DAY, NOW, buy, give_back, joined, pay, platform_code, reseller_id, rollover_at, vip

pytestmark = pytest.mark.django_db


def test_join_makes_a_reseller_on_trial_who_was_invited_by_the_owner_of_the_code() -> None:
    inviter = vip("inviter", 1)
    code = invitations.issue_code(actor=inviter, uses=2, now=NOW)
    view = membership_people.require_member(joined("invitee", code.code.lower()), NOW)
    assert (view.tier, view.growth, view.invited_by_id) == (Tier.TRIAL, 0, reseller_id(inviter))
    assert [each.used for each in membership_people.list_own_codes(inviter)] == [1]
    assert [each.name for each in membership_people.list_invitees(reseller_id(inviter)).items] == ["invitee"]


def test_join_refuses_codes_that_are_unknown_used_up_revoked_or_expired() -> None:
    used_up = platform_code(uses=1)
    joined("first", used_up)
    revoked = invitations.issue_code(actor=SYSTEM, uses=1, now=NOW)
    invitations.revoke_code(actor=SYSTEM, code_id=revoked.id, now=NOW)
    expired = invitations.issue_code(actor=SYSTEM, uses=1, expires_at=NOW + DAY, now=NOW)
    asked = {
        "NOSUCH": (NOW, "membership.code_invalid", "没有这个邀请码"),
        used_up: (NOW, "membership.code_used_up", "这个邀请码的 1 个名额已用完"),
        revoked.code: (NOW, "membership.code_withdrawn", "这个邀请码已停用"),
        expired.code: (NOW + DAY, "membership.code_expired", "这个邀请码已在 2026-03-11 12:00 过期"),
    }
    for code, (at, name, sentence) in asked.items():
        with pytest.raises(InvalidCode) as refused:
            joined("second", code, at)
        assert refused.value.code == name
        assert refused.value.sentence("zh").startswith(sentence)
    assert len({refusal.en for refusal in (InvalidCode, CodeExpired, CodeUsedUp, CodeWithdrawn, CodeOfNoVip)}) == 5
    assert not Person.objects.filter(login="second").exists()


@pytest.mark.parametrize(
    "typed",
    [
        "{code}",
        "  {lower} ",
        "{first} {second}",
        "{first}\n{second}\r\n",
        "{first}-{second}",
        "{wide}",
        "邀请码：{wide}。",
        "\u200b{first}\u3000{second}\t",
    ],
)
def test_join_accepts_a_code_as_people_paste_it(typed: str) -> None:
    code = platform_code()
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    pasted = typed.format(code=code, lower=code.lower(), first=code[:3], second=code[3:], wide=wide)
    joined("pasted", pasted)
    assert InvitationCode.objects.get(code=code).used == 1


def test_codes_of_a_member_who_is_no_longer_vip_stop_working_until_she_is_again() -> None:
    inviter = vip("inviter", 1)
    code = invitations.issue_code(actor=inviter, uses=3, expires_at=NOW + 300 * DAY, now=NOW).code
    give_back(inviter, 1, 1, 500_00, NOW + DAY)
    joined("in time", code, rollover_at(4) - timedelta(milliseconds=1))
    with pytest.raises(CodeOfNoVip):
        joined("too late", code, rollover_at(4))
    assert InvitationCode.objects.get(code=code).used == 1
    buy(inviter, 2, 500, rollover_at(4) + DAY)
    joined("again", code, rollover_at(4) + DAY)
    pay(inviter, 3, 5000, rollover_at(4) + 2 * DAY)
    assert Person.objects.filter(login__in=["in time", "again"]).count() == 2


def test_issue_code_beyond_a_year_or_too_many_uses_is_refused(settings: Settings) -> None:
    for wrong in ({"uses": 21}, {"uses": 1, "expires_at": NOW + 365 * DAY + timedelta(seconds=1)}, {"uses": 0}):
        with pytest.raises(invitations.InvalidCodeTerms) as refused:
            invitations.issue_code(actor=SYSTEM, now=NOW, **wrong)
        assert refused.value.max_uses == 20
    assert not InvitationCode.objects.exists()
    code = platform_code(uses=20)
    with pytest.raises(IntegrityError, match="code_expires_within_a_year"), transaction.atomic():
        InvitationCode.objects.filter(code=code).update(expires_at=NOW + 366 * DAY)
    settings.INVITATION_TERMS = {"uses_per_platform_code": 1}
    joined("one", code)
    with pytest.raises(CodeUsedUp) as used_up:
        joined("two", code)
    assert used_up.value.uses == 1


def test_join_with_a_taken_login_leaves_the_code_unused() -> None:
    code = platform_code(uses=2)
    joined("same", code)
    with pytest.raises(LoginTaken):
        joined("SAME", code)
    assert InvitationCode.objects.get(code=code).used == 1


def test_issue_code_is_for_vips_within_their_quota_and_for_ops(settings: Settings) -> None:
    trial = joined("trial", platform_code())
    with pytest.raises(invitations.NotYetVip):
        invitations.issue_code(actor=trial, uses=1, now=NOW)
    with pytest.raises(NotAllowed):
        invitations.issue_code(actor=Actor(1, Role.BRAND, "x"), uses=1, now=NOW)
    settings.INVITATION_TERMS = {"uses_per_month": 3}
    her = vip("vip", 1)
    invitations.issue_code(actor=her, uses=2, now=NOW)
    with pytest.raises(invitations.QuotaUsed) as refused:
        invitations.issue_code(actor=her, uses=2, now=NOW)
    assert refused.value.left == 1
    invitations.issue_code(actor=her, uses=3, now=NOW + 31 * DAY)


def test_revoke_code_is_for_its_owner() -> None:
    one, other = vip("one", 1), vip("other", 2)
    code = invitations.issue_code(actor=one, uses=1, now=NOW)
    with pytest.raises(InvalidCode):
        invitations.revoke_code(actor=other, code_id=code.id, now=NOW)
    assert invitations.revoke_code(actor=one, code_id=code.id, now=NOW).revoked_at == NOW
