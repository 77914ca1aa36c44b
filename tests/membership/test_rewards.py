"""Rewards of invitations through the services (GROWTH-15, GROWTH-16, GROWTH-17)."""

import random
from collections.abc import Collection
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from pytest_django import Settings

from accounts.rules import SYSTEM
from integrity.selectors.checks import violations_of
from membership.apps import MembershipConfig
from membership.models import GrowthEntry, InvitationReward, Reseller
from membership.rules.invitations import InvalidInvitationTerms, RewardState
from membership.rules.tiers import GrowthKind, Tier
from membership.selectors import people as membership_people
from membership.services import invitations
from membership.services import rollover as membership_rollover
from tests.membership.acts import DAY, NOW, buy, give_back, grant, invited, joined, reseller_id, rollover_at, vip

pytestmark = pytest.mark.django_db


def test_grant_due_rewards_gives_growth_for_the_first_unrefunded_order() -> None:
    inviter = vip("grandmother", 1)
    invitee = invited(inviter, "mother")
    buy(invitee, 2, 200)
    assert grant(NOW + 14 * DAY) == 0
    assert grant(NOW + 15 * DAY) == 1
    assert grant(NOW + 16 * DAY) == 0
    buy(invitee, 3, 5000)
    assert grant(NOW + 90 * DAY) == 0
    assert membership_people.require_reseller(inviter).growth == 60
    assert violations_of("membership") == []


def test_a_reward_moves_to_the_next_order_when_the_first_is_refunded_and_is_void_without_one() -> None:
    inviter = vip("waiting", 1)
    invitee = invited(inviter, "fickle")
    buy(invitee, 2, 200)
    buy(invitee, 3, 300, NOW + DAY)
    give_back(invitee, 2, 1, 150_00, NOW + 2 * DAY)
    reward = InvitationReward.objects.get()
    assert (reward.order_id, reward.due_at, reward.state) == (3, NOW + 16 * DAY, RewardState.WAITING)
    give_back(invitee, 3, 2, 300_00, NOW + 3 * DAY)
    reward.refresh_from_db()
    assert reward.state == RewardState.VOID
    buy(invitee, 4, 100, NOW + 4 * DAY)
    assert grant(NOW + 30 * DAY) == 1
    assert violations_of("membership") == []


def test_a_granted_reward_is_taken_back_when_the_order_is_refunded_later() -> None:
    inviter = vip("keep_amounts nothing", 1)
    invitee = invited(inviter, "own account")
    buy(invitee, 2, 200)
    assert grant(NOW + 15 * DAY) == 1
    assert membership_people.require_reseller(inviter).growth == 60
    give_back(invitee, 2, 1, 150_00, NOW + 40 * DAY)
    assert membership_people.require_reseller(inviter).growth == 50
    reward = InvitationReward.objects.get()
    assert (reward.state, reward.milli) == (RewardState.VOID, 0)
    entries = (
        GrowthEntry.objects.filter(kind=GrowthKind.INVITATION).order_by("id").values_list("milli", "month", "cause")
    )
    assert list(entries) == [
        (10_000, date(2026, 3, 1), f"reward/{reward.pk}/2"),
        (-10_000, date(2026, 3, 1), f"reward/{reward.pk}/2/back"),
    ]
    assert violations_of("membership") == []
    buy(invitee, 3, 300, NOW + 41 * DAY)
    assert grant(NOW + 56 * DAY) == 1
    assert membership_people.require_reseller(inviter).growth == 60
    assert violations_of("membership") == []


def test_a_reward_that_made_a_vip_is_taken_back_with_the_tier_at_the_rollover() -> None:
    inviter = vip("inviter", 1)
    invitee = invited(inviter, "own account")
    give_back(inviter, 1, 1, 100_00)
    buy(invitee, 2, 200)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 4, 1), now=rollover_at(4))
    assert Reseller.objects.get(pk=reseller_id(inviter)).tier == Tier.TRIAL
    assert grant(rollover_at(4) + DAY) == 1
    assert Reseller.objects.get(pk=reseller_id(inviter)).tier == Tier.VIP1
    give_back(invitee, 2, 2, 200_00, rollover_at(4) + 2 * DAY)
    assert Reseller.objects.get(pk=reseller_id(inviter)).tier == Tier.VIP1
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 5, 1), now=rollover_at(5))
    assert Reseller.objects.get(pk=reseller_id(inviter)).tier == Tier.TRIAL
    assert violations_of("membership") == []


def test_a_reward_waits_as_long_as_its_order_may_be_returned() -> None:
    inviter = vip("patient", 1)
    buy(invited(inviter, "slow"), 2, 200)
    until = NOW + 20 * DAY
    asked: list[list[int]] = []

    def open_until(order_ids: Collection[int]) -> dict[int, datetime]:
        asked.append(list(order_ids))
        return {2: until}

    assert invitations.grant_due_rewards(actor=SYSTEM, now=NOW + 15 * DAY, open_until=open_until) == 0
    assert InvitationReward.objects.get().due_at == until
    assert invitations.grant_due_rewards(actor=SYSTEM, now=until - timedelta(seconds=1), open_until=open_until) == 0
    assert asked == [[2]]
    assert grant(until) == 1


def test_rewards_are_capped_per_month(settings: Settings) -> None:
    settings.INVITATION_TERMS = {"rewards_per_month": 2}
    inviter = vip("popular", 1)
    for number in range(3):
        buy(invited(inviter, f"friend{number}"), 10 + number, 200)
    assert grant(NOW + 15 * DAY) == 2
    assert sorted(InvitationReward.objects.values_list("state", flat=True)) == [
        RewardState.GRANTED,
        RewardState.GRANTED,
        RewardState.CAPPED,
    ]


def test_orders_below_the_minimum_and_members_without_orders_give_no_reward() -> None:
    inviter = vip("hopeful", 1)
    buy(invited(inviter, "small"), 2, 99)
    invited(inviter, "idle")
    assert not InvitationReward.objects.exists()


@pytest.mark.parametrize("seed", range(5))
def test_over_random_invitation_graphs_nobody_earns_from_a_second_level(seed: int) -> None:
    dice = random.Random(seed)
    people = [vip("root", 1)]
    for number in range(12):
        inviter = dice.choice(people)
        code = invitations.issue_code(actor=inviter, uses=1, now=NOW)
        newcomer = joined(f"p{number}", code.code)
        if dice.random() < 0.8:
            buy(newcomer, 100 + number, 500)
            people.append(newcomer)
    grant(NOW + 20 * DAY)
    inviter_of = dict(Reseller.objects.values_list("pk", "invited_by_id"))
    rewards = list(InvitationReward.objects.values_list("invitee_id", "inviter_id"))
    assert len(rewards) == len(people) - 1
    assert all(inviter_of[invitee] == inviter for invitee, inviter in rewards)
    earned = dict.fromkeys(inviter_of, 0)
    for _, inviter_id in rewards:
        assert inviter_id is not None
        earned[inviter_id] += 10_000
    for entry in GrowthEntry.objects.filter(kind=GrowthKind.INVITATION):
        earned[entry.reseller_id] -= entry.milli
    assert set(earned.values()) == {0}
    assert violations_of("membership") == []


def test_the_database_refuses_a_reward_across_two_invitations() -> None:
    grandmother = vip("g", 1)
    mother = invited(grandmother, "m")
    buy(mother, 2, 500)
    daughter = invited(mother, "d")
    across = InvitationReward(
        invitee_id=reseller_id(daughter), inviter_id=reseller_id(grandmother), order_id=3, due_at=NOW
    )
    with pytest.raises(IntegrityError, match="reward_of_direct_inviter"), transaction.atomic():
        across.save()
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Reseller.objects.filter(pk=reseller_id(daughter)).update(invited_by=reseller_id(grandmother))


def test_the_service_does_not_start_with_terms_that_reward_a_second_level(settings: Settings) -> None:
    config = MembershipConfig.create("membership")
    config.ready()
    settings.INVITATION_TERMS = {"second_level_milli": 1000}
    with pytest.raises((InvalidInvitationTerms, ImproperlyConfigured)):
        config.ready()
