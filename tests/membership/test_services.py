"""Joining, codes, growth, rewards and roll-overs through the services: what they do, what they refuse, and that a retry changes nothing."""

import random
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from accounts.models import Person
from accounts.rules import SYSTEM, Actor, NotAllowed, Role
from accounts.services.people import LoginTaken
from integrity.selectors.checks import violations_of
from kernel.refusal import KeyRequired, ReasonRequired
from membership.apps import MembershipConfig
from membership.models import GrowthEntry, InvitationCode, InvitationReward, MonthRollover, Notice, Reseller
from membership.rules.invitations import InvalidInvitationTerms, RewardState
from membership.rules.tiers import DEFAULT_TABLE, Kind, Tier
from membership.selectors import histories, rollover, tier_status
from membership.selectors import people as membership_people
from membership.selectors.people import CodeExpired, CodeOfNoVip, CodeUsedUp, CodeWithdrawn, InvalidCode
from membership.services import adjustments, growth, invitations, partitions, tier_tables
from membership.services import rollover as membership_rollover
from membership.services.growth_entries import GrowthView
from membership.services.rollover import _roll_over_chunk

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def platform_code(uses: int = 20) -> str:
    return invitations.issue_code(actor=SYSTEM, uses=uses, expires_at=NOW + 365 * DAY, now=NOW).code


def joined(name: str, code: str, at: datetime = NOW) -> Actor:
    return invitations.join(login=name, name=name, password="wei-cang-2026", code=code, now=at)


def reseller_id(actor: Actor) -> int:
    return membership_people.require_reseller(actor).id


def pay(actor: Actor, order_id: int, yuan: int, at: datetime = NOW) -> GrowthView:
    """An order is paid; its goods wait to be shipped."""
    return growth.credit_purchase(reseller_id=reseller_id(actor), order_id=order_id, amount_fen=yuan * 100, now=at)


def ship(actor: Actor, order_id: int, yuan: int, at: datetime = NOW, name: str = "") -> GrowthView:
    return growth.settle_shipment(
        reseller_id=reseller_id(actor),
        order_id=order_id,
        shipment=name or f"test/{order_id}",
        amount_fen=yuan * 100,
        now=at,
    )


def buy(actor: Actor, order_id: int, yuan: int, at: datetime = NOW) -> GrowthView:
    """An order is paid, and shipped at once."""
    view = pay(actor, order_id, yuan, at)
    tier = ship(actor, order_id, yuan, at).tier
    return replace(view, tier=tier)


def give_back(
    actor: Actor, order_id: int, refund_id: int, fen: int, at: datetime = NOW, kind: Kind = Kind.REFUND
) -> GrowthView:
    return growth.take_back(
        reseller_id=reseller_id(actor), order_id=order_id, refund_id=refund_id, amount_fen=fen, kind=kind, now=at
    )


def vip(name: str, order_id: int) -> Actor:
    actor = joined(name, platform_code())
    assert buy(actor, order_id, 500).tier is Tier.VIP1
    return actor


# GROWTH-14: joining and codes


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


# Growth: GROWTH-1, GROWTH-2, GROWTH-3, GROWTH-6


def test_credit_purchase_upgrades_at_fifty_growth_and_a_retry_changes_nothing() -> None:
    actor = joined("buyer", platform_code())
    assert buy(actor, 1, 499).tier is Tier.TRIAL
    first = buy(actor, 2, 1)
    assert (first.before, first.tier, first.growth) == (Tier.TRIAL, Tier.VIP1, 50)
    again = buy(actor, 2, 1, NOW + 40 * DAY)
    assert (again.given_milli, again.growth) == (0, 50)
    assert GrowthEntry.objects.filter(kind=Kind.PURCHASE).count() == 2
    assert Notice.objects.filter(kind=Notice.UPGRADED).count() == 1


def test_take_back_takes_exactly_what_was_given_and_leaves_the_tier_until_the_rollover() -> None:
    actor = joined("returner", platform_code())
    buy(actor, 1, 600)
    for refund_id, fen in ((1, 10_001), (2, 33_333), (2, 33_333), (3, 16_666)):
        give_back(actor, 1, refund_id, fen)
    row = Reseller.objects.get(pk=reseller_id(actor))
    assert (row.growth_milli, row.tier) == (0, Tier.VIP1)
    with pytest.raises(growth.NothingToTakeBack):
        give_back(actor, 1, 4, 1)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 4, 1), now=datetime(2026, 3, 31, 16, tzinfo=UTC))
    row.refresh_from_db()
    assert row.tier == Tier.TRIAL
    assert violations_of("membership") == []


def test_unshipped_goods_raise_by_one_step_and_shipping_by_the_rest() -> None:
    actor = joined("shipper", platform_code())
    assert pay(actor, 1, 200_000).tier is Tier.VIP1
    assert membership_people.require_reseller(actor).growth == 20_000
    assert ship(actor, 1, 6_000, name="first parcel").tier is Tier.VIP3
    assert ship(actor, 1, 6_000, name="first parcel").tier is Tier.VIP3
    assert ship(actor, 1, 194_000, name="second parcel").tier is Tier.VIP5
    with pytest.raises(ValueError, match="0 to ship"):
        ship(actor, 1, 1, name="third parcel")
    row = Reseller.objects.get(pk=reseller_id(actor))
    assert (row.growth_milli, row.pending_milli, row.tier) == (20_000_000, 0, Tier.VIP5)
    assert GrowthEntry.objects.filter(kind=Kind.SHIPMENT).count() == 2
    assert violations_of("membership") == []


def test_a_cancellation_before_shipping_takes_the_tier_back_at_once() -> None:
    actor = joined("canceller", platform_code())
    assert pay(actor, 1, 200_000).tier is Tier.VIP1
    back = give_back(actor, 1, 1, 200_000_00, NOW + timedelta(hours=2), Kind.CANCELLATION)
    assert (back.before, back.tier, back.growth) == (Tier.VIP1, Tier.TRIAL, 0)
    assert tier_status.list_tier_changes(reseller_id(actor)) == [
        (NOW, Tier.TRIAL, Tier.VIP1),
        (NOW + timedelta(hours=2), Tier.VIP1, Tier.TRIAL),
    ]
    assert Notice.objects.filter(kind=Notice.DOWNGRADED, after=Tier.TRIAL).count() == 1
    with pytest.raises(growth.NothingToTakeBack):
        give_back(actor, 1, 2, 1, NOW + DAY, Kind.CANCELLATION)
    assert violations_of("membership") == []


def test_a_shortage_takes_the_growth_at_once_and_the_tier_at_the_rollover() -> None:
    actor = joined("short", platform_code())
    pay(actor, 1, 6_000)
    ship(actor, 1, 1_000)
    view = give_back(actor, 1, 1, 5_000_00, NOW + DAY, Kind.SHORTAGE)
    assert (view.tier, view.growth) == (Tier.VIP2, 100)
    with pytest.raises(growth.NothingToTakeBack):
        give_back(actor, 1, 2, 1_00, NOW + DAY, Kind.SHORTAGE)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 4, 1), now=rollover_at(4))
    assert Reseller.objects.get(pk=reseller_id(actor)).tier == Tier.VIP1
    assert violations_of("membership") == []


def test_a_cancellation_after_the_rollover_takes_back_what_the_rollover_gave() -> None:
    """Paid in March, kept VIP2 with a bonus at the roll-over, cancelled in April: as if never bought, the bonus included."""
    actor = joined("keeper", platform_code())
    buy(actor, 1, 5000)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 4, 1), now=rollover_at(4))
    last_evening = rollover_at(5) - timedelta(hours=3)
    pay(actor, 2, 60_000, last_evening)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 5, 1), now=rollover_at(5))
    row = Reseller.objects.get(pk=reseller_id(actor))
    assert (row.tier, row.growth_milli) == (Tier.VIP3, 6_510_000)
    view = give_back(actor, 2, 1, 60_000_00, rollover_at(5) + timedelta(hours=1), Kind.CANCELLATION)
    assert (view.tier, view.growth) == (Tier.VIP2, 500)
    bonuses = GrowthEntry.objects.filter(kind=Kind.KEEP_BONUS).order_by("id").values_list("milli", "month")
    assert list(bonuses) == [(10_000, date(2026, 5, 1)), (-10_000, date(2026, 5, 1))]
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 6, 1), now=rollover_at(6))
    assert violations_of("membership") == []


def test_goods_shipped_after_the_rollover_raise_at_once_and_most_need_no_evaluation_again() -> None:
    actor = joined("late parcel", platform_code())
    pay(actor, 1, 200_000, rollover_at(4) - timedelta(hours=3))
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 4, 1), now=rollover_at(4))
    row = Reseller.objects.get(pk=reseller_id(actor))
    assert (row.tier, row.earned_tier, row.settled_tier) == (Tier.VIP1, Tier.VIP1, Tier.TRIAL)
    assert ship(actor, 1, 200_000, rollover_at(4) + timedelta(hours=9)).tier is Tier.VIP5
    row.refresh_from_db()
    assert row.must_replay
    small = joined("small parcel", platform_code())
    buy(small, 2, 600, rollover_at(4) - timedelta(hours=5))
    pay(small, 3, 100, rollover_at(4) - timedelta(hours=3))
    assert ship(small, 3, 100, rollover_at(4) + timedelta(hours=9)).tier is Tier.VIP1
    assert not Reseller.objects.get(pk=reseller_id(small)).must_replay
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 5, 1), now=rollover_at(5))
    assert violations_of("membership") == []


def test_a_payment_stamped_before_midnight_and_written_after_the_rollover_is_evaluated_again() -> None:
    actor = joined("midnight", platform_code())
    buy(actor, 1, 5000)
    for month in (4, 5, 6, 7):
        membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, month, 1), now=rollover_at(month))
    assert Reseller.objects.get(pk=reseller_id(actor)).tier == Tier.VIP1
    stamp = rollover_at(7) - timedelta(milliseconds=1)
    view = pay(actor, 2, 1000, stamp)
    assert (view.before, view.tier) == (Tier.VIP1, Tier.VIP2)
    entry = GrowthEntry.objects.get(order_id=2)
    assert (entry.at, entry.month) == (rollover_at(7), date(2026, 6, 1))
    assert tier_status.list_tier_changes(reseller_id(actor))[-2:] == [
        (rollover_at(7), Tier.VIP2, Tier.VIP1),
        (rollover_at(7), Tier.VIP1, Tier.VIP2),
    ]
    assert violations_of("membership") == []
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 8, 1), now=rollover_at(8))
    bonuses = GrowthEntry.objects.filter(kind=Kind.KEEP_BONUS).values_list("milli", "month")
    assert list(bonuses) == [(10_000, date(2026, 7, 1))]
    assert violations_of("membership") == []


def test_entries_are_never_older_than_those_written_before_them() -> None:
    actor = joined("clock", platform_code())
    pay(actor, 1, 100, NOW + DAY)
    pay(actor, 2, 500, NOW)
    assert list(GrowthEntry.objects.order_by("id").values_list("at", flat=True)) == [NOW + DAY, NOW + DAY]
    assert tier_status.list_tier_changes(reseller_id(actor)) == [(NOW + DAY, Tier.TRIAL, Tier.VIP1)]


def test_take_back_of_an_order_that_gave_nothing_is_refused() -> None:
    actor = joined("stranger", platform_code())
    with pytest.raises(growth.NothingToTakeBack):
        give_back(actor, 9, 1, 1)
    assert not GrowthEntry.objects.exists()


def test_adjust_growth_needs_a_reason_and_counts_once_per_key() -> None:
    actor = joined("adjusted", platform_code())
    ops = Actor(None, Role.OPS, "ops")
    with pytest.raises(ReasonRequired):
        adjustments.adjust_growth(actor=ops, reseller_id=reseller_id(actor), milli=1, reason=" ", key="a", now=NOW)
    with pytest.raises(NotAllowed):
        adjustments.adjust_growth(actor=actor, reseller_id=reseller_id(actor), milli=1, reason="me", key="a", now=NOW)
    for _ in range(2):
        adjustments.adjust_growth(
            actor=ops, reseller_id=reseller_id(actor), milli=60_000, reason="sorry", key="a", now=NOW
        )
    assert membership_people.require_reseller(actor).growth == 60
    assert membership_people.require_member(actor, NOW).tier is Tier.VIP1


@pytest.mark.parametrize(("key", "milli", "hers"), [("k" * 40, 2_000, True), ("k" * 40, 1_000, False)])
def test_adjust_growth_with_a_key_of_another_adjustment_is_refused(key: str, milli: int, hers: bool) -> None:
    first, second = joined("first", platform_code()), joined("second", platform_code())
    ops = Actor(None, Role.OPS, "ops")
    adjustments.adjust_growth(actor=ops, reseller_id=reseller_id(first), milli=1_000, reason="sorry", key=key, now=NOW)
    asked = reseller_id(first if hers else second)
    with pytest.raises(adjustments.GrowthKeyConflict):
        adjustments.adjust_growth(actor=ops, reseller_id=asked, milli=milli, reason="sorry", key=key, now=NOW)
    assert list(GrowthEntry.objects.values_list("reseller_id", "milli")) == [(reseller_id(first), 1_000)]


@pytest.mark.parametrize("key", ["", " ", "k" * 41])
def test_adjust_growth_with_a_blank_or_long_key_is_refused(key: str) -> None:
    actor = joined("adjusted", platform_code())
    with pytest.raises(KeyRequired):
        adjustments.adjust_growth(
            actor=Actor(None, Role.OPS, "ops"),
            reseller_id=reseller_id(actor),
            milli=1,
            reason="sorry",
            key=key,
            now=NOW,
        )
    assert not GrowthEntry.objects.exists()


def test_match_tier_is_an_entry_of_its_own_and_refused_while_one_runs() -> None:
    actor = joined("elsewhere", platform_code())
    put = {"actor": SYSTEM, "reseller_id": reseller_id(actor), "reason": "VIP3 elsewhere", "now": NOW}
    with pytest.raises(adjustments.InvalidTierMatch):
        adjustments.match_tier(tier=Tier.VIP3, months=7, **put)  # type: ignore[arg-type]
    view = adjustments.match_tier(tier=Tier.VIP3, months=2, **put)  # type: ignore[arg-type]
    assert view.tier is Tier.VIP3
    with pytest.raises(adjustments.TierMatchRunning) as refused:
        adjustments.match_tier(tier=Tier.VIP4, months=1, **put)  # type: ignore[arg-type]
    assert refused.value.until == date(2026, 5, 1)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 5, 1), now=datetime(2026, 5, 1, tzinfo=UTC))
    assert membership_people.require_member(actor, rollover_at(5)).tier is Tier.TRIAL


def test_the_growth_ledger_is_append_only_and_a_cause_counts_once() -> None:
    actor = joined("ledger", platform_code())
    buy(actor, 1, 10)
    for statement in ("UPDATE membership_growthentry SET milli = 9", "DELETE FROM membership_growthentry"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO membership_growthcause (cause) VALUES ('order/1')")


def test_entries_lie_in_the_partition_of_their_month() -> None:
    opened = partitions.open_months(now=NOW)
    assert opened == [f"membership_growthentry_2026_{month:02d}" for month in (3, 4, 5)]
    assert partitions.open_months(now=NOW) == []
    buy(joined("parted", platform_code()), 1, 10)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM membership_growthentry_2026_03")
        assert cursor.fetchone() == (2,)


# Rewards: GROWTH-15, GROWTH-16, GROWTH-17


def grant(at: datetime) -> int:
    """The sweep, where no order can go back any more; when it may is for after-sales to tell."""
    return invitations.grant_due_rewards(actor=SYSTEM, now=at, open_until=lambda order_ids: {})


def invited(inviter: Actor, name: str) -> Actor:
    code = invitations.issue_code(actor=inviter, uses=1, now=NOW)
    return joined(name, code.code)


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
    entries = GrowthEntry.objects.filter(kind=Kind.INVITATION).order_by("id").values_list("milli", "month", "cause")
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
    for entry in GrowthEntry.objects.filter(kind=Kind.INVITATION):
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


# The monthly roll-over (GROWTH-7, GROWTH-12)


def rollover_at(month: int) -> datetime:
    return datetime(2026, month, 1, tzinfo=UTC) - timedelta(hours=8)


def test_roll_over_month_that_is_not_due_is_refused() -> None:
    with pytest.raises(membership_rollover.RolloverNotDue):
        membership_rollover.roll_over_month(
            actor=SYSTEM, month=date(2026, 4, 1), now=rollover_at(4) - timedelta(milliseconds=1)
        )
    assert not MonthRollover.objects.exists()


def test_roll_over_month_goes_on_where_it_stopped_and_a_second_run_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(4):
        actor = joined(f"many{number}", platform_code())
        buy(actor, number, 5000)
    rollovers = [
        membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, month, 1), now=rollover_at(month))
        for month in (4, 5, 6)
    ]
    assert [each.downgraded for each in rollovers] == [0, 0, 0]
    with monkeypatch.context() as patch:
        _stop_after(patch, chunks=2)
        with pytest.raises(RuntimeError):
            membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 7, 1), now=rollover_at(7), chunk=1)
    half = MonthRollover.objects.get(month=date(2026, 7, 1))
    assert half.finished_at is None
    assert Reseller.objects.filter(tier=Tier.VIP1).count() == half.downgraded == 2
    done = membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 7, 1), now=rollover_at(7) + DAY, chunk=1)
    assert (done.downgraded, done.finished_at) == (4, rollover_at(7) + DAY)
    assert (
        membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 7, 1), now=rollover_at(7) + 2 * DAY) == done
    )
    assert Notice.objects.filter(kind=Notice.DOWNGRADED).count() == 4
    assert violations_of("membership") == []


def _stop_after(patch: pytest.MonkeyPatch, *, chunks: int) -> None:
    """A run that dies between two chunks, as a killed worker would."""
    carried_out = _roll_over_chunk
    left = [chunks]

    def dying(month: date, *, last_id: int, now: datetime, chunk: int) -> bool:
        if not left[0]:
            raise RuntimeError("killed")
        left[0] -= 1
        return carried_out(month, last_id=last_id, now=now, chunk=chunk)

    patch.setattr("membership.services.rollover._roll_over_chunk", dying)


def test_roll_over_month_catches_up_on_rollovers_that_were_missed() -> None:
    actor = joined("sleeper", platform_code())
    buy(actor, 1, 5000)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 8, 1), now=rollover_at(8))
    assert [each.month.month for each in rollover.list_rollovers().items] == [8, 7, 6, 5, 4]
    assert tier_status.list_tier_changes(reseller_id(actor))[-1] == (rollover_at(7), Tier.VIP2, Tier.VIP1)
    assert violations_of("membership") == []


def test_a_member_who_acts_before_the_rollover_reaches_her_is_rolled_over_first() -> None:
    actor = joined("early", platform_code())
    buy(actor, 1, 5000)
    view = buy(actor, 2, 10, rollover_at(7) + timedelta(seconds=1))
    assert (view.before, view.tier) == (Tier.VIP1, Tier.VIP1)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 7, 1), now=rollover_at(7) + DAY)
    assert violations_of("membership") == []


def test_warn_of_downgrades_warns_the_members_of_the_forecast_once() -> None:
    falling, safe = joined("falling", platform_code()), joined("safe", platform_code())
    buy(falling, 1, 5000)
    buy(safe, 2, 5000)
    june = rollover_at(7) - 3 * DAY
    buy(safe, 3, 1000, june)
    assert rollover.is_rollover_due(june)
    assert [row.reseller_id for row in membership_rollover.preview_rollover(at=june, only_changes=False)] == [
        reseller_id(safe)
    ]
    assert membership_rollover.warn_of_downgrades(actor=SYSTEM, now=june) == 0
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 6, 1), now=rollover_at(6))
    assert not rollover.is_rollover_due(june)
    assert [row.reseller_id for row in membership_rollover.preview_rollover(at=june) if row.after < row.before] == [
        reseller_id(falling)
    ]
    assert membership_rollover.warn_of_downgrades(actor=SYSTEM, now=june) == 1
    assert membership_rollover.warn_of_downgrades(actor=SYSTEM, now=june + DAY) == 0
    notices = tier_status.list_notices(falling, reseller_id(falling))
    assert [(each.kind, each.before, each.after) for each in notices if each.kind == "warning"] == [
        ("warning", Tier.VIP2, Tier.VIP1)
    ]
    forecast = tier_status.get_membership(reseller_id(falling), june).forecast
    assert forecast.tier is Tier.VIP1
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 7, 1), now=rollover_at(7))
    assert membership_people.require_member(falling, rollover_at(7)).tier is forecast.tier
    assert membership_people.require_member(safe, rollover_at(7)).tier is Tier.VIP2


def test_a_keep_bonus_is_an_entry_and_a_late_refund_takes_it_back_at_the_next_rollover() -> None:
    actor = joined("bonus", platform_code())
    buy(actor, 1, 5000)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 4, 1), now=rollover_at(4))
    buy(actor, 2, 1000, rollover_at(4) + DAY)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 5, 1), now=rollover_at(5))
    assert membership_people.require_reseller(actor).growth == 500 + 100 + 10
    give_back(actor, 2, 1, 1, rollover_at(5) + DAY)
    membership_rollover.roll_over_month(actor=SYSTEM, month=date(2026, 6, 1), now=rollover_at(6))
    assert Reseller.objects.get(pk=reseller_id(actor)).growth_milli == 600_000 - 1
    bonuses = GrowthEntry.objects.filter(kind=Kind.KEEP_BONUS).order_by("id").values_list("milli", "month")
    assert list(bonuses) == [(10_000, date(2026, 5, 1)), (-10_000, date(2026, 5, 1))]
    assert violations_of("membership") == []


def test_enter_tier_table_of_a_begun_month_or_invalid_is_refused() -> None:
    table = {
        "actor": SYSTEM, "thresholds": [50_000, 60_000, 70_000, 80_000, 90_000], "keep_amounts": [0, 1, 2, 3, 4],
        "keep_bonuses": [0] * 5, "window_months": 2, "fen_per_growth": 500, "now": NOW,
    }  # fmt: skip
    with pytest.raises(tier_tables.TableTooLate):
        tier_tables.enter_tier_table(from_month=date(2026, 3, 1), **table)  # type: ignore[arg-type]
    with pytest.raises(tier_tables.InvalidTierTable, match="keeping"):
        tier_tables.enter_tier_table(from_month=date(2026, 4, 1), **(table | {"keep_amounts": [1, 1, 2, 3, 4]}))  # type: ignore[arg-type]
    entered = tier_tables.enter_tier_table(from_month=date(2026, 4, 1), **table)  # type: ignore[arg-type]
    with pytest.raises(tier_tables.TableTooLate):
        tier_tables.enter_tier_table(from_month=date(2026, 4, 1), **table)  # type: ignore[arg-type]
    assert histories.tier_tables() == [DEFAULT_TABLE, entered]


def test_tier_at_any_past_instant_is_read_from_the_ledger() -> None:
    actor = joined("past", platform_code())
    buy(actor, 1, 500, NOW + DAY)
    buy(actor, 2, 4500, NOW + 2 * DAY)
    tiers = [tier_status.tier_at(reseller_id(actor), NOW + days * DAY) for days in range(3)]
    assert tiers == [Tier.TRIAL, Tier.VIP1, Tier.VIP2]


# The integrity check of GROWTH-18.


def test_violations_name_the_rows_that_were_changed_by_hand() -> None:
    inviter = vip("integrity", 1)
    buy(invited(inviter, "booked"), 2, 200)
    grant(NOW + 15 * DAY)
    assert violations_of("membership") == []
    her = reseller_id(inviter)
    Reseller.objects.filter(pk=her).update(tier=Tier.VIP4)
    assert [(violation.invariant, violation.row_id) for violation in violations_of("membership")] == [(4, her)]
    Reseller.objects.filter(pk=her).update(tier=Tier.VIP1, growth_milli=1)
    assert [(violation.invariant, violation.row_id) for violation in violations_of("membership")] == [(4, her)]
    Reseller.objects.filter(pk=her).update(growth_milli=60_000)
    InvitationReward.objects.update(state=RewardState.VOID, milli=0)
    assert [violation.invariant for violation in violations_of("membership")] == [6]
