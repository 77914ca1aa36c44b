from django.db import models
from django.db.models import F, Q

from notices.rules import DEFAULT_MAX_PER_DAY, Channel, NoticeState, Topic

_CHANNELS = [(each.value, each.value) for each in Channel]
_TOPICS = [(each.value, each.value) for each in Topic]


class Preference(models.Model):
    """A period in which a person wants a topic by a channel; `off_at` null while she does (NOTICE-2).

    Ended periods prove what was wanted.
    """

    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+")
    topic = models.CharField(max_length=20, choices=_TOPICS)
    channel = models.CharField(max_length=10, choices=_CHANNELS)
    on_at = models.DateTimeField()
    off_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person", "topic", "channel"], condition=Q(off_at__isnull=True), name="notice_preference_once"
            ),
            models.CheckConstraint(
                condition=Q(off_at__isnull=True) | Q(off_at__gte=F("on_at")), name="notice_preference_period"
            ),
        )
        indexes = (
            models.Index(fields=["topic", "person"], condition=Q(off_at__isnull=True), name="notice_preferences_on"),
        )


class DeliveryChoice(models.Model):
    """A period in which a person had these quiet hours, this daily limit and this language; `until_at` null for the present one."""

    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+")
    quiet_from = models.PositiveSmallIntegerField(null=True, help_text="minute of the day in China")
    quiet_until = models.PositiveSmallIntegerField(null=True, help_text="minute of the day in China")
    urgent_passes = models.BooleanField(default=False)
    max_per_day = models.PositiveSmallIntegerField(default=DEFAULT_MAX_PER_DAY)
    language = models.CharField(max_length=2, choices=[("zh", "zh"), ("en", "en")], default="zh")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person"], condition=Q(until_at__isnull=True), name="notice_delivery_choice_once"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | (Q(quiet_from__lt=1440, quiet_until__lt=1440) & ~Q(quiet_from=F("quiet_until"))),
                name="notice_quiet_hours_valid",
            ),
        )


class Address(models.Model):
    """Where a channel reaches a person. Used once it is verified; switched off where the provider says that nobody is reached there."""

    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10, choices=_CHANNELS)
    value = models.CharField(max_length=254, help_text="openid, mobile number or mail address")
    added_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    off_at = models.DateTimeField(null=True)
    off_code = models.CharField(max_length=40, blank=True, help_text="what the provider answered")
    refusals = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="messages that the provider refused for good, one after another"
    )
    code_digest = models.CharField(max_length=64, blank=True, help_text="of the code that verifies it")
    code_expires_at = models.DateTimeField(null=True)
    code_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "channel"], name="notice_address_once"),)


class Notice(models.Model):
    """One event for one person by one channel. It holds no text: its message is made from the event when it is sent.

    `claimed_at` is when the last attempt began, `lost_at` when the first one began whose answer was lost. A notice that went out in the
    message of another one names it as `sent_with`.
    """

    event_id = models.BigIntegerField(help_text="events outlive notices")
    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=10, choices=_CHANNELS)
    topic = models.CharField(max_length=20, choices=_TOPICS)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    state = models.CharField(
        max_length=10, choices=[(each.value, each.value) for each in NoticeState], default=NoticeState.WAITING.value
    )
    occurred_at = models.DateTimeField(help_text="of the event")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="when it may be sent first")
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    sent_with = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="+")
    message_id = models.CharField(max_length=128, blank=True, help_text="the provider's")
    why = models.CharField(max_length=60, blank=True, help_text="notices.rules.Why, and the provider's code")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["event_id", "person", "channel"], name="notice_once_per_event"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(claimed_at__isnull=False, ended_at__isnull=False),
                name="notice_sent_was_claimed",
            ),
        )
        indexes = (
            models.Index(fields=["next_attempt_at", "id"], condition=Q(state="waiting"), name="notices_waiting"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="notices_sending"),
            models.Index(fields=["person", "-id"], name="notices_of_person"),
            models.Index(fields=["created_at"], name="notices_by_time"),
        )


class OutboxReader(models.Model):
    """Up to where the outbox of events has been turned into notices; one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    transaction_id = models.BigIntegerField()
    event_id = models.BigIntegerField()
    database = models.CharField(max_length=60, help_text="the cluster and database whose transactions these are")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="notice_outbox_reader_is_one"),)
