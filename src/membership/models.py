"""Tables of membership. The growth ledger is partitioned by month; see `sql/partitions.py`."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from membership.rules.invitations import MAX_CODE_LIFE, RewardState
from membership.rules.tiers import DEFAULT_UNPAID_LIMITS_FEN, GrowthKind, Tier

TIER_CHOICES = [(tier.value, tier.en) for tier in Tier]


def default_unpaid_limits() -> list[int]:
    return list(DEFAULT_UNPAID_LIMITS_FEN)


class Reseller(models.Model):
    """A member. `tier` is what she has once her roll-overs are carried out, the last of them at the start of `rolled_over_through`.

    `earned_tier` is the tier that her own growth gave at that roll-over, `settled_tier` the same without growth of goods that are not
    shipped yet. Do not read `tier` directly: `selectors.people.require_member` and `selectors.histories.tiers_at` compute a roll-over that
    is due. `growth_milli` is the sum of her entries, `pending_milli` the part whose goods are not shipped yet. `must_replay` says that
    growth of an earlier month has changed: the next roll-over evaluates all her months again. No entry is older than `last_entry_at`.
    """

    person = models.OneToOneField("accounts.Person", on_delete=models.PROTECT, related_name="reseller")
    tier = models.PositiveSmallIntegerField(choices=TIER_CHOICES, default=0)
    earned_tier = models.PositiveSmallIntegerField(choices=TIER_CHOICES, default=0)
    settled_tier = models.PositiveSmallIntegerField(choices=TIER_CHOICES, default=0, db_default=0)
    rolled_over_through = models.DateField()
    must_replay = models.BooleanField(default=False)
    growth_milli = models.BigIntegerField(default=0)
    pending_milli = models.BigIntegerField(default=0, db_default=0)
    last_entry_at = models.DateTimeField(null=True)
    joined_at = models.DateTimeField()
    invited_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="invitees")
    joined_with = models.ForeignKey("membership.InvitationCode", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(tier__lte=5) & Q(earned_tier__lte=5), name="reseller_tier_known"),
            models.CheckConstraint(condition=Q(settled_tier__lte=F("earned_tier")), name="reseller_settled_tier_known"),
            # An inviter joined before her invitee, so that invitations form no cycle (GROWTH-16).
            models.CheckConstraint(
                condition=Q(invited_by=None) | Q(invited_by__lt=F("id")), name="reseller_invited_by_elder"
            ),
            # The target of InvitationReward's composite key: only a direct inviter can be rewarded (GROWTH-16).
            models.UniqueConstraint(fields=["id", "invited_by"], name="reseller_and_inviter"),
        )
        indexes = (models.Index(fields=["tier", "id"], name="reseller_by_tier"),)


class TierTableVersion(models.Model):
    """What the tiers require from a month on (GROWTH-4). Never changed once entered; a later version replaces it from its own month on."""

    from_month = models.DateField(unique=True)
    thresholds_milli = ArrayField(models.BigIntegerField(), size=5)
    keep_amounts_milli = ArrayField(models.BigIntegerField(), size=5)
    keep_bonuses_milli = ArrayField(models.BigIntegerField(), size=5)
    window_months = models.PositiveSmallIntegerField()
    fen_per_growth = models.PositiveIntegerField()
    unpaid_limits_fen = ArrayField(models.BigIntegerField(), size=6, default=default_unpaid_limits)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")


class InvitationCode(models.Model):
    """A code with which somebody joins. `reseller` is None for a code of the platform."""

    code = models.CharField(max_length=12, unique=True)
    reseller = models.ForeignKey(Reseller, null=True, on_delete=models.PROTECT, related_name="codes")
    issued_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    uses = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(used__lte=F("uses")) & Q(uses__gte=1), name="code_not_overused"),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("created_at") + MAX_CODE_LIFE), name="code_expires_within_a_year"
            ),
        )
        indexes = (models.Index(fields=["reseller", "-id"], name="code_by_reseller"),)


class InvitationReward(models.Model):
    """The growth that an invitee's first valid order gives her direct inviter: one row per invitee.

    (invitee, inviter) refers to (id, invited_by) of Reseller, so that the database refuses a reward across two levels of invitations.
    """

    invitee = models.OneToOneField(Reseller, on_delete=models.PROTECT, related_name="reward_for_inviter")
    inviter = models.ForeignKey(Reseller, on_delete=models.PROTECT, related_name="rewards")
    order_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    state = models.PositiveSmallIntegerField(
        choices=[(state.value, state.name) for state in RewardState], default=RewardState.WAITING.value
    )
    decided_at = models.DateTimeField(null=True)
    milli = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["id", "inviter"], name="reward_and_inviter"),
            models.CheckConstraint(
                condition=Q(milli=0) | Q(state=RewardState.GRANTED.value), name="reward_growth_only_when_granted"
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], condition=Q(state=RewardState.WAITING.value), name="reward_waiting"),
            models.Index(fields=["inviter", "decided_at"], name="reward_by_inviter"),
        )


class GrowthCause(models.Model):
    """The causes that have given growth. A key of the partitioned ledger would be unique within a month only, this one is over all."""

    cause = models.CharField(max_length=60, primary_key=True)


class GrowthEntry(models.Model):
    """The growth ledger: append-only, partitioned by month of `at`. `month` is the month that an entry counts for."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    reseller = models.ForeignKey(Reseller, on_delete=models.PROTECT, related_name="entries")
    month = models.DateField()
    kind = models.PositiveSmallIntegerField(choices=[(kind.value, kind.name) for kind in GrowthKind])
    milli = models.BigIntegerField()
    pending_milli = models.BigIntegerField(default=0, db_default=0)
    cause = models.CharField(max_length=60)
    amount_fen = models.BigIntegerField(null=True)
    order_id = models.BigIntegerField(null=True)
    reward = models.ForeignKey(InvitationReward, null=True, on_delete=models.PROTECT, related_name="+")
    tier = models.PositiveSmallIntegerField(null=True)
    until = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    entered_by = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )


class GrowthMonth(models.Model):
    """The monthly rollup: what a reseller's entries add up to for each month. `new_milli` counts for keeping, `bonus_milli` does not;
    `pending_milli` is the part of `new_milli` whose goods are not shipped yet."""

    pk = models.CompositePrimaryKey("reseller_id", "month")
    reseller = models.ForeignKey(Reseller, on_delete=models.PROTECT, related_name="months", db_index=False)
    month = models.DateField()
    new_milli = models.BigIntegerField(default=0)
    bonus_milli = models.BigIntegerField(default=0)
    pending_milli = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        # A roll-over reads the months of one window; rows lie on disk nearly in the order of months.
        indexes = (BrinIndex(fields=["month"], name="growth_month_by_month", pages_per_range=32),)


class TierChange(models.Model):
    """Every change of a tier, append-only: it and the rules give the same tier for every past instant."""

    reseller = models.ForeignKey(Reseller, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    before = models.PositiveSmallIntegerField(choices=TIER_CHOICES)
    after = models.PositiveSmallIntegerField(choices=TIER_CHOICES)
    at_rollover = models.BooleanField()

    class Meta:
        indexes = (models.Index(fields=["reseller", "at"], name="tier_change_by_reseller"),)


class MonthRollover(models.Model):
    """How far the roll-over at the start of `month` has come: all resellers up to `done_through_id` are rolled over."""

    month = models.DateField(unique=True)
    done_through_id = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    upgraded = models.IntegerField(default=0)
    downgraded = models.IntegerField(default=0)
    bonuses = models.IntegerField(default=0)


class Notice(models.Model):
    """A message to a reseller about her tier: `kind` is warning, downgraded or upgraded."""

    WARNING, DOWNGRADED, UPGRADED = "warning", "downgraded", "upgraded"

    reseller = models.ForeignKey(Reseller, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=10)
    at = models.DateTimeField()
    rollover_month = models.DateField()
    before = models.PositiveSmallIntegerField(choices=TIER_CHOICES)
    after = models.PositiveSmallIntegerField(choices=TIER_CHOICES)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reseller", "rollover_month", "kind", "after"], name="notice_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["warning", "downgraded", "upgraded"]), name="notice_kind_known"
            ),
        )
        indexes = (models.Index(fields=["reseller", "-id"], name="notice_by_reseller"),)
