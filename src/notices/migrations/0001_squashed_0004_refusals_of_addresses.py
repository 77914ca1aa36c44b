"""The migrations 0001 to 0004 in one, for a database that has none of them (docs/decisions/0104)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from db.create_models import CreateModels

MODELS = [
    migrations.CreateModel(
        name="OutboxReader",
        fields=[
            ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
            ("transaction_id", models.BigIntegerField()),
            ("event_id", models.BigIntegerField()),
            (
                "database",
                models.CharField(help_text="the cluster and database whose transactions these are", max_length=60),
            ),
        ],
        options={
            "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="notice_outbox_reader_is_one")],
        },
    ),
    migrations.CreateModel(
        name="Address",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "channel",
                models.CharField(choices=[("wechat", "wechat"), ("sms", "sms"), ("mail", "mail")], max_length=10),
            ),
            ("value", models.CharField(help_text="openid, mobile number or mail address", max_length=254)),
            ("added_at", models.DateTimeField()),
            ("verified_at", models.DateTimeField(null=True)),
            ("off_at", models.DateTimeField(null=True)),
            ("off_code", models.CharField(blank=True, help_text="what the provider answered", max_length=40)),
            (
                "refusals",
                models.PositiveSmallIntegerField(
                    db_default=0, default=0, help_text="messages that the provider refused for good, one after another"
                ),
            ),
            ("code_digest", models.CharField(blank=True, help_text="of the code that verifies it", max_length=64)),
            ("code_expires_at", models.DateTimeField(null=True)),
            ("code_attempts", models.PositiveSmallIntegerField(default=0)),
            (
                "person",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("person", "channel"), name="notice_address_once")],
        },
    ),
    migrations.CreateModel(
        name="DeliveryChoice",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("quiet_from", models.PositiveSmallIntegerField(help_text="minute of the day in China", null=True)),
            ("quiet_until", models.PositiveSmallIntegerField(help_text="minute of the day in China", null=True)),
            ("urgent_passes", models.BooleanField(default=False)),
            ("max_per_day", models.PositiveSmallIntegerField(default=20)),
            ("language", models.CharField(choices=[("zh", "zh"), ("en", "en")], default="zh", max_length=2)),
            ("from_at", models.DateTimeField()),
            ("until_at", models.DateTimeField(null=True)),
            (
                "person",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("until_at__isnull", True)),
                    fields=("person",),
                    name="notice_delivery_choice_once",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("quiet_from__isnull", True), ("quiet_until__isnull", True)),
                        models.Q(
                            ("quiet_from__lt", 1440),
                            ("quiet_until__lt", 1440),
                            models.Q(("quiet_from", models.F("quiet_until")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="notice_quiet_hours_valid",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Notice",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("event_id", models.BigIntegerField(help_text="events outlive notices")),
            (
                "channel",
                models.CharField(choices=[("wechat", "wechat"), ("sms", "sms"), ("mail", "mail")], max_length=10),
            ),
            (
                "topic",
                models.CharField(
                    choices=[
                        ("sale", "sale"),
                        ("sale_reminder", "sale_reminder"),
                        ("waiting", "waiting"),
                        ("payment_due", "payment_due"),
                        ("paid", "paid"),
                        ("parcel", "parcel"),
                        ("shortage", "shortage"),
                        ("case", "case"),
                        ("enquiry", "enquiry"),
                        ("wish", "wish"),
                        ("level", "level"),
                        ("statement", "statement"),
                        ("upload", "upload"),
                        ("to_ship", "to_ship"),
                        ("shipping_due", "shipping_due"),
                    ],
                    max_length=20,
                ),
            ),
            ("subject_kind", models.CharField(max_length=20)),
            ("subject_id", models.BigIntegerField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "waiting"),
                        ("sending", "sending"),
                        ("sent", "sent"),
                        ("failed", "failed"),
                        ("skipped", "skipped"),
                        ("unknown", "unknown"),
                    ],
                    default="waiting",
                    max_length=10,
                ),
            ),
            ("occurred_at", models.DateTimeField(help_text="of the event")),
            ("created_at", models.DateTimeField()),
            ("due_at", models.DateTimeField(help_text="when it may be sent first")),
            ("next_attempt_at", models.DateTimeField()),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("claimed_at", models.DateTimeField(null=True)),
            ("lease_until", models.DateTimeField(null=True)),
            ("lost_at", models.DateTimeField(null=True)),
            ("ended_at", models.DateTimeField(null=True)),
            ("message_id", models.CharField(blank=True, help_text="the provider's", max_length=128)),
            (
                "why",
                models.CharField(blank=True, help_text="notices.rules.Why, and the provider's code", max_length=60),
            ),
            (
                "person",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "sent_with",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="notices.notice"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("state", "waiting")), fields=["next_attempt_at", "id"], name="notices_waiting"
                ),
                models.Index(condition=models.Q(("state", "sending")), fields=["lease_until"], name="notices_sending"),
                models.Index(fields=["person", "-id"], name="notices_of_person"),
                models.Index(fields=["created_at"], name="notices_by_time"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("event_id", "person", "channel"), name="notice_once_per_event"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "sent"), _negated=True),
                        models.Q(("claimed_at__isnull", False), ("ended_at__isnull", False)),
                        _connector="OR",
                    ),
                    name="notice_sent_was_claimed",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Preference",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "topic",
                models.CharField(
                    choices=[
                        ("sale", "sale"),
                        ("sale_reminder", "sale_reminder"),
                        ("waiting", "waiting"),
                        ("payment_due", "payment_due"),
                        ("paid", "paid"),
                        ("parcel", "parcel"),
                        ("shortage", "shortage"),
                        ("case", "case"),
                        ("enquiry", "enquiry"),
                        ("wish", "wish"),
                        ("level", "level"),
                        ("statement", "statement"),
                        ("upload", "upload"),
                        ("to_ship", "to_ship"),
                        ("shipping_due", "shipping_due"),
                    ],
                    max_length=20,
                ),
            ),
            (
                "channel",
                models.CharField(choices=[("wechat", "wechat"), ("sms", "sms"), ("mail", "mail")], max_length=10),
            ),
            ("on_at", models.DateTimeField()),
            ("off_at", models.DateTimeField(null=True)),
            (
                "person",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("off_at__isnull", True)),
                    fields=["topic", "person"],
                    name="notice_preferences_on",
                )
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("off_at__isnull", True)),
                    fields=("person", "topic", "channel"),
                    name="notice_preference_once",
                ),
                models.CheckConstraint(
                    condition=models.Q(("off_at__isnull", True), ("off_at__gte", models.F("on_at")), _connector="OR"),
                    name="notice_preference_period",
                ),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("notices", "0001_initial"),
        ("notices", "0002_topic_of_reminders"),
        ("notices", "0003_waiting_list"),
        ("notices", "0004_refusals_of_addresses"),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(MODELS),
    ]
