"""The migrations 0001 to 0010 in one, for a database that has none of them (docs/decisions/0104)."""

import django.db.models.deletion
from django.db import migrations, models

from db.create_models import CreateModels

MODELS = [
    migrations.CreateModel(
        name="RefundChoice",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("reseller_id", models.BigIntegerField(unique=True)),
            ("to_wallet", models.BooleanField()),
            ("chosen_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="Payment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.CharField(help_text="our number at the provider", max_length=32, unique=True)),
            ("reseller_id", models.BigIntegerField(help_text="whose wallet it is for")),
            ("key", models.CharField(help_text="of the client: the same key starts one payment", max_length=64)),
            ("provider", models.CharField(choices=[("wechat", "wechat"), ("alipay", "alipay")], max_length=10)),
            (
                "way",
                models.CharField(
                    choices=[
                        ("wechat_qr", "wechat_qr"),
                        ("wechat_h5", "wechat_h5"),
                        ("wechat_jsapi", "wechat_jsapi"),
                        ("alipay_page", "alipay_page"),
                        ("alipay_wap", "alipay_wap"),
                    ],
                    max_length=20,
                ),
            ),
            ("amount_fen", models.BigIntegerField()),
            (
                "state",
                models.CharField(
                    choices=[("open", "open"), ("paid", "paid"), ("closed", "closed")], default="open", max_length=10
                ),
            ),
            ("created_at", models.DateTimeField()),
            (
                "expires_at",
                models.DateTimeField(help_text="when it is closed; earlier than `provider_until` where it ended early"),
            ),
            (
                "provider_until",
                models.DateTimeField(
                    help_text="the end that the provider is told; `expires_at` where it is not known", null=True
                ),
            ),
            ("pay_address", models.TextField(blank=True, help_text="where she pays: the text of a QR code, or a link")),
            (
                "transaction_id",
                models.CharField(blank=True, help_text="the provider's number of the money", max_length=64),
            ),
            ("paid_at", models.DateTimeField(help_text="when the provider took the money, as it says", null=True)),
            ("booked_at", models.DateTimeField(help_text="when the money was booked into the wallet", null=True)),
            ("closed_at", models.DateTimeField(help_text="kept where money arrived after it was closed", null=True)),
            (
                "difference",
                models.CharField(
                    blank=True,
                    choices=[
                        ("app", "app"),
                        ("merchant", "merchant"),
                        ("currency", "currency"),
                        ("amount", "amount"),
                        ("transaction", "transaction"),
                    ],
                    help_text="in what a report of money differed; nothing was booked for it",
                    max_length=20,
                ),
            ),
            ("proof", models.TextField(blank=True, help_text="the genuine answer or callback that it was booked by")),
            (
                "reported_fen",
                models.BigIntegerField(
                    help_text="what the provider says that it took, where that is another amount; not booked", null=True
                ),
            ),
            ("reported_transaction_id", models.CharField(blank=True, db_default="", default="", max_length=64)),
            ("reported_at", models.DateTimeField(help_text="when it took that, as it says", null=True)),
            (
                "reported_proof",
                models.TextField(blank=True, db_default="", default="", help_text="the genuine text that says so"),
            ),
            (
                "asked_fen",
                models.BigIntegerField(
                    help_text="what she was to pay, where people booked the other amount that arrived", null=True
                ),
            ),
            (
                "refunded_fen",
                models.BigIntegerField(
                    db_default=0, default=0, help_text="the sum of its refunds to the source that did not fail"
                ),
            ),
            ("queries_count", models.IntegerField(default=0)),
            ("asked_at", models.DateTimeField(help_text="when the provider was last asked", null=True)),
            (
                "next_query_at",
                models.DateTimeField(help_text="when the provider is asked next, while the payment is open"),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("state", "open")), fields=["next_query_at", "id"], name="payments_to_ask_about"
                ),
                models.Index(fields=["reseller_id", "-id"], name="payments_of_reseller"),
                models.Index(
                    condition=models.Q(("difference", ""), _negated=True), fields=["-id"], name="payments_that_differ"
                ),
                models.Index(
                    condition=models.Q(("state", "paid")), fields=["provider", "paid_at"], name="payments_by_time"
                ),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("reseller_id", "key"), name="payment_once_per_key"),
                models.UniqueConstraint(
                    condition=models.Q(("transaction_id", ""), _negated=True),
                    fields=("provider", "transaction_id"),
                    name="payment_once_per_transaction",
                ),
                models.CheckConstraint(condition=models.Q(("amount_fen__gt", 0)), name="payment_amount_positive"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("booked_at__isnull", False),
                            ("paid_at__isnull", False),
                            ("state", "paid"),
                            models.Q(("transaction_id", ""), _negated=True),
                        ),
                        models.Q(
                            models.Q(("state", "paid"), _negated=True),
                            ("booked_at__isnull", True),
                            ("paid_at__isnull", True),
                            ("transaction_id", ""),
                        ),
                        _connector="OR",
                    ),
                    name="payment_paid_is_booked",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("refunded_fen", 0),
                        models.Q(
                            ("refunded_fen__gt", 0), ("refunded_fen__lte", models.F("amount_fen")), ("state", "paid")
                        ),
                        _connector="OR",
                    ),
                    name="payment_refunds_within_amount",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "closed"), _negated=True), ("closed_at__isnull", False), _connector="OR"
                    ),
                    name="payment_closed_has_time",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ProviderBill",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("provider", models.CharField(choices=[("wechat", "wechat"), ("alipay", "alipay")], max_length=10)),
            ("kind", models.CharField(choices=[("trade", "trade"), ("fund", "fund")], max_length=10)),
            ("day", models.DateField(help_text="of China")),
            (
                "state",
                models.CharField(
                    choices=[("wanted", "wanted"), ("taken", "taken"), ("empty", "empty")],
                    default="wanted",
                    max_length=10,
                ),
            ),
            ("lines_count", models.IntegerField(default=0)),
            ("fee_fen", models.BigIntegerField(default=0)),
            ("to_bank_fen", models.BigIntegerField(default=0)),
            ("digest", models.CharField(blank=True, help_text="SHA-256 of the text that was read", max_length=64)),
            (
                "failure",
                models.CharField(blank=True, help_text="why it was not taken, in the words of the log", max_length=200),
            ),
            ("asked_at", models.DateTimeField(null=True)),
            ("next_query_at", models.DateTimeField(help_text="when it is asked for next, while it is wanted")),
            ("taken_at", models.DateTimeField(null=True)),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("state", "wanted")),
                    fields=["next_query_at", "id"],
                    name="provider_bills_wanted",
                ),
                models.Index(fields=["-day", "-id"], name="provider_bills_by_day"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("provider", "kind", "day"), name="provider_bill_once_per_day"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("state", "taken"), ("taken_at__isnull", False), models.Q(("digest", ""), _negated=True)
                        ),
                        models.Q(
                            models.Q(("state", "taken"), _negated=True),
                            ("digest", ""),
                            ("fee_fen", 0),
                            ("lines_count", 0),
                            ("taken_at__isnull", True),
                            ("to_bank_fen", 0),
                        ),
                        _connector="OR",
                    ),
                    name="provider_bill_taken_has_digest",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ProviderBillLine",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("line_no", models.CharField(help_text="the provider's number of the movement", max_length=140)),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("payment", "payment"),
                        ("refund", "refund"),
                        ("fee", "fee"),
                        ("to_bank", "to_bank"),
                        ("other", "other"),
                    ],
                    max_length=10,
                ),
            ),
            ("number", models.CharField(blank=True, help_text="ours, of the payment", max_length=64)),
            ("refund_number", models.CharField(blank=True, help_text="ours, of the refund", max_length=64)),
            ("transaction_id", models.CharField(blank=True, max_length=64)),
            ("amount_fen", models.BigIntegerField(help_text="what our balance gained")),
            ("fee_fen", models.BigIntegerField(default=0)),
            ("at", models.DateTimeField()),
            ("what", models.CharField(help_text="what the provider calls it", max_length=40)),
            (
                "bill",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="payments.providerbill"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["number"], name="provider_bill_lines_by_number"),
                models.Index(fields=["refund_number"], name="provider_bill_lines_by_refund"),
            ],
            "constraints": [models.UniqueConstraint(fields=("bill", "line_no"), name="provider_bill_line_once")],
        },
    ),
    migrations.CreateModel(
        name="ProviderEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("provider", models.CharField(choices=[("wechat", "wechat"), ("alipay", "alipay")], max_length=10)),
            ("event_id", models.CharField(help_text="the provider's", max_length=128)),
            ("kind", models.CharField(max_length=64)),
            ("number", models.CharField(blank=True, help_text="the number that it names", max_length=64)),
            (
                "outcome",
                models.CharField(
                    choices=[
                        ("booked", "booked"),
                        ("known", "known"),
                        ("noted", "noted"),
                        ("stale", "stale"),
                        ("unknown_number", "unknown_number"),
                        ("differs", "differs"),
                    ],
                    max_length=20,
                ),
            ),
            (
                "difference",
                models.CharField(
                    blank=True,
                    choices=[
                        ("app", "app"),
                        ("merchant", "merchant"),
                        ("currency", "currency"),
                        ("amount", "amount"),
                        ("transaction", "transaction"),
                    ],
                    max_length=20,
                ),
            ),
            ("signed_at", models.DateTimeField()),
            ("received_at", models.DateTimeField()),
            ("times", models.IntegerField(default=1, help_text="how often it was received")),
            ("content", models.TextField(help_text="what it says, decrypted")),
            (
                "payment",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="payments.payment"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["payment", "id"], name="provider_events_of_payment"),
                models.Index(
                    condition=models.Q(("outcome__in", ["differs", "stale", "unknown_number"])),
                    fields=["-id"],
                    name="provider_events_to_look_at",
                ),
            ],
            "constraints": [models.UniqueConstraint(fields=("provider", "event_id"), name="provider_event_once")],
        },
    ),
    migrations.CreateModel(
        name="ProviderRefund",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.CharField(help_text="our number at the provider", max_length=32, unique=True)),
            ("reseller_id", models.BigIntegerField(help_text="whose wallet it left")),
            ("cause", models.CharField(help_text="what it is for, like refund:12", max_length=40)),
            (
                "order_id",
                models.BigIntegerField(help_text="the order that it is about, where it is about one", null=True),
            ),
            ("amount_fen", models.BigIntegerField()),
            ("reason", models.CharField(help_text="what the provider shows to her", max_length=80)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "waiting"),
                        ("processing", "processing"),
                        ("abnormal", "abnormal"),
                        ("succeeded", "succeeded"),
                        ("failed", "failed"),
                    ],
                    default="waiting",
                    max_length=10,
                ),
            ),
            ("created_at", models.DateTimeField()),
            ("taken_at", models.DateTimeField(help_text="when the provider was heard to have taken it on", null=True)),
            ("ended_at", models.DateTimeField(null=True)),
            (
                "provider_refund_id",
                models.CharField(blank=True, help_text="the provider's number of it", max_length=64),
            ),
            (
                "received_account",
                models.CharField(blank=True, help_text="where it goes, as the provider says", max_length=64),
            ),
            (
                "refusal",
                models.CharField(blank=True, help_text="the provider's word for its last refusal", max_length=64),
            ),
            ("proof", models.TextField(blank=True, help_text="the genuine answer that says that it was paid out")),
            ("queries_count", models.IntegerField(default=0)),
            ("asked_at", models.DateTimeField(help_text="when the provider was last asked", null=True)),
            ("next_query_at", models.DateTimeField(help_text="when the provider is asked next, while it is open")),
            (
                "payment",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="payments.payment"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("state__in", ["abnormal", "processing", "waiting"])),
                    fields=["next_query_at", "id"],
                    name="provider_refunds_to_ask_about",
                ),
                models.Index(fields=["reseller_id", "-id"], name="provider_refunds_of_reseller"),
                models.Index(
                    condition=models.Q(("order_id__isnull", False)),
                    fields=["order_id"],
                    name="provider_refunds_of_order",
                ),
                models.Index(
                    condition=models.Q(("state", "succeeded")), fields=["ended_at"], name="provider_refunds_by_time"
                ),
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("amount_fen__gt", 0)), name="provider_refund_amount_positive"
                ),
                models.UniqueConstraint(
                    condition=models.Q(("state", "failed"), _negated=True),
                    fields=("cause",),
                    name="provider_refund_once_per_cause",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("ended_at__isnull", True), ("state__in", ["abnormal", "processing", "waiting"])),
                        models.Q(("ended_at__isnull", False), ("state__in", ["succeeded", "failed"])),
                        _connector="OR",
                    ),
                    name="provider_refund_end_has_time",
                ),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("payments", "0001_initial"),
        ("payments", "0002_alipay"),
        ("payments", "0003_in_wechat"),
        ("payments", "0004_provider_until"),
        ("payments", "0005_refunds_to_source"),
        ("payments", "0006_refunded_payments"),
        ("payments", "0007_validate_refunds"),
        ("payments", "0008_bills"),
        ("payments", "0009_payments_by_time"),
        ("payments", "0010_reported_amounts"),
    ]

    dependencies = []

    operations = [
        CreateModels(MODELS),
    ]
