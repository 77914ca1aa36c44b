import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
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
                    models.CharField(choices=[("wechat_qr", "wechat_qr"), ("wechat_h5", "wechat_h5")], max_length=20),
                ),
                ("amount_fen", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("paid", "paid"), ("closed", "closed")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(help_text="the provider takes no money for it afterwards")),
                (
                    "pay_address",
                    models.TextField(blank=True, help_text="where she pays: the text of a QR code, or a link"),
                ),
                (
                    "transaction_id",
                    models.CharField(blank=True, help_text="the provider's number of the money", max_length=64),
                ),
                ("paid_at", models.DateTimeField(help_text="when the provider took the money, as it says", null=True)),
                ("booked_at", models.DateTimeField(help_text="when the money was booked into the wallet", null=True)),
                (
                    "closed_at",
                    models.DateTimeField(help_text="kept where money arrived after it was closed", null=True),
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
                        help_text="in what a report of money differed; nothing was booked for it",
                        max_length=20,
                    ),
                ),
                (
                    "proof",
                    models.TextField(blank=True, help_text="the genuine answer or callback that it was booked by"),
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
                        condition=models.Q(("state", "open")),
                        fields=["next_query_at", "id"],
                        name="payments_to_ask_about",
                    ),
                    models.Index(fields=["reseller_id", "-id"], name="payments_of_reseller"),
                    models.Index(
                        condition=models.Q(("difference", ""), _negated=True),
                        fields=["-id"],
                        name="payments_that_differ",
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
                            models.Q(("state", "closed"), _negated=True), ("closed_at__isnull", False), _connector="OR"
                        ),
                        name="payment_closed_has_time",
                    ),
                ],
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="payments.payment",
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
    ]
