"""The migrations 0001 to 0018 in one, for a database that has none of them (docs/decisions/0104)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from db.create_models import CreateModels

MODELS = [
    migrations.CreateModel(
        name="ShippingUpload",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("filename", models.CharField(max_length=200)),
            ("sha256", models.CharField(max_length=64)),
            ("size_bytes", models.BigIntegerField()),
            ("received_at", models.DateTimeField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("received", "received"),
                        ("reading", "reading"),
                        ("question", "question"),
                        ("done", "done"),
                        ("refused", "refused"),
                        ("cancelled", "cancelled"),
                    ],
                    default="received",
                    max_length=10,
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=60)),
            ("reason_zh", models.TextField(blank=True)),
            ("reason_en", models.TextField(blank=True)),
            ("questions", models.JSONField(default=list)),
            ("result", models.JSONField(help_text="ShippingResult, of each list the first thousand", null=True)),
            ("fault_count", models.PositiveIntegerField(default=0)),
            (
                "unknown_carriers",
                models.JSONField(default=list, help_text="words of the sheet that name no known carrier"),
            ),
            ("ended_at", models.DateTimeField(help_text="when it was done, cancelled or refused", null=True)),
            ("erased_at", models.DateTimeField(help_text="when the file and the quoted cells were deleted", null=True)),
            (
                "brand",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["brand", "-id"], name="shipping_uploads_of_brand"),
                models.Index(fields=["sha256"], name="shipping_uploads_by_hash"),
                models.Index(
                    condition=models.Q(("erased_at__isnull", True)),
                    fields=["received_at"],
                    name="shipping_uploads_to_erase",
                ),
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["received", "reading", "question", "done", "refused", "cancelled"])
                    ),
                    name="shipping_upload_state_known",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "done"), _negated=True),
                        models.Q(("ended_at__isnull", False), ("result__isnull", False)),
                        _connector="OR",
                    ),
                    name="shipping_upload_done_has_result",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("erased_at__isnull", True),
                        models.Q(("ended_at__isnull", False), ("questions", []), ("unknown_carriers", [])),
                        _connector="OR",
                    ),
                    name="shipping_upload_erased_is_empty",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Case",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(help_text="the client's idempotency key", max_length=64)),
            ("units", models.PositiveIntegerField()),
            (
                "reason",
                models.CharField(
                    choices=[
                        ("no_longer_wanted", "no_longer_wanted"),
                        ("wrong_goods", "wrong_goods"),
                        ("faulty", "faulty"),
                        ("damaged", "damaged"),
                        ("missing", "missing"),
                    ],
                    max_length=20,
                ),
            ),
            ("evidence", models.CharField(blank=True, max_length=1000)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("requested", "requested"),
                        ("approved", "approved"),
                        ("sent_back", "sent_back"),
                        ("received", "received"),
                        ("refunded", "refunded"),
                        ("resent", "resent"),
                        ("rejected", "rejected"),
                        ("withdrawn", "withdrawn"),
                        ("expired", "expired"),
                    ],
                    max_length=10,
                ),
            ),
            ("requested_at", models.DateTimeField()),
            (
                "due_at",
                models.DateTimeField(
                    help_text="the deadline of the next step; null once the case has ended", null=True
                ),
            ),
            ("decided_at", models.DateTimeField(null=True)),
            (
                "decision",
                models.CharField(
                    blank=True, help_text="why it was rejected, or a note with the approval", max_length=300
                ),
            ),
            (
                "fault",
                models.CharField(
                    blank=True,
                    choices=[
                        ("brand", "brand"),
                        ("platform", "platform"),
                        ("carrier", "carrier"),
                        ("reseller", "reseller"),
                    ],
                    db_default="",
                    default="",
                    max_length=10,
                ),
            ),
            (
                "borne_by",
                models.CharField(
                    blank=True,
                    choices=[("brand", "brand"), ("platform", "platform"), ("carrier", "carrier")],
                    db_default="",
                    default="",
                    max_length=10,
                ),
            ),
            (
                "liability_reason",
                models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    help_text="why fault or bearer are not the usual ones",
                    max_length=300,
                ),
            ),
            (
                "disposition",
                models.CharField(
                    blank=True,
                    choices=[("brand", "brand"), ("stock", "stock")],
                    db_default="",
                    default="",
                    help_text="where the goods are that came back",
                    max_length=10,
                ),
            ),
            (
                "return_address",
                models.CharField(blank=True, help_text="where the goods are to be sent", max_length=200),
            ),
            ("carrier", models.CharField(blank=True, max_length=30)),
            ("tracking_no", models.CharField(blank=True, max_length=40)),
            ("sent_back_at", models.DateTimeField(null=True)),
            ("received_at", models.DateTimeField(null=True)),
            ("ended_at", models.DateTimeField(null=True)),
            ("erased_at", models.DateTimeField(help_text="when its evidence was erased (PRIVACY-5)", null=True)),
            (
                "refund_to",
                models.CharField(
                    blank=True,
                    choices=[("", ""), ("source", "source"), ("wallet", "wallet")],
                    db_default="",
                    default="",
                    help_text="where she wants the money of its refund; as she chose for all where it is empty",
                    max_length=6,
                ),
            ),
            (
                "brand",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="brands.brand"),
            ),
            (
                "line",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="orders.orderline"
                ),
            ),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="membership.reseller"
                ),
            ),
            (
                "refund",
                models.OneToOneField(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="case", to="aftersales.refund"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("ended_at__isnull", True)), fields=["due_at", "id"], name="cases_open"
                ),
                models.Index(fields=["state", "-id"], name="cases_by_state"),
                models.Index(fields=["reseller", "-id"], name="cases_of_reseller"),
                models.Index(fields=["brand", "-id"], name="cases_of_brand"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("reseller", "key"), name="case_once_per_key"),
                models.CheckConstraint(condition=models.Q(("units__gt", 0)), name="case_units_positive"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("due_at__isnull", False),
                            ("ended_at__isnull", True),
                            ("state__in", ["requested", "approved", "sent_back", "received"]),
                        ),
                        models.Q(
                            ("due_at__isnull", True),
                            ("ended_at__isnull", False),
                            ("state__in", ["refunded", "resent", "rejected", "withdrawn", "expired"]),
                        ),
                        _connector="OR",
                    ),
                    name="case_ended_has_no_deadline",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("refund__isnull", False), ("state", "refunded")),
                        models.Q(models.Q(("state", "refunded"), _negated=True), ("refund__isnull", True)),
                        _connector="OR",
                    ),
                    name="case_refunded_has_refund",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("erased_at__isnull", True),
                        models.Q(("ended_at__isnull", False), ("evidence", "")),
                        _connector="OR",
                    ),
                    name="case_erased_is_empty",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Enquiry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(help_text="the client's idempotency key", max_length=64)),
            (
                "state",
                models.CharField(
                    choices=[("open", "open"), ("answered", "answered"), ("closed", "closed")], max_length=10
                ),
            ),
            ("opened_at", models.DateTimeField()),
            ("last_message_at", models.DateTimeField()),
            (
                "due_at",
                models.DateTimeField(help_text="until when ops are to answer; null while nothing is asked", null=True),
            ),
            ("closed_at", models.DateTimeField(null=True)),
            (
                "read_message_id",
                models.BigIntegerField(default=0, help_text="the last message that the reseller has seen"),
            ),
            (
                "brand_note",
                models.CharField(
                    blank=True, db_default="", default="", help_text="what ops ask the brand", max_length=300
                ),
            ),
            ("passed_at", models.DateTimeField(help_text="when it was passed to the brand", null=True)),
            (
                "brand_due_at",
                models.DateTimeField(
                    help_text="until when the brand is to answer; null while it is not asked", null=True
                ),
            ),
            (
                "brand",
                models.ForeignKey(
                    db_index=False,
                    help_text="that ops asked to answer (AFTER-15)",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="brands.brand",
                ),
            ),
            (
                "order",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.order"
                ),
            ),
            (
                "reseller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="enquiries", to="membership.reseller"
                ),
            ),
            (
                "style",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.style"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(condition=models.Q(("state", "open")), fields=["due_at", "id"], name="enquiries_open"),
                models.Index(fields=["reseller", "-id"], name="enquiries_of_reseller"),
                models.Index(fields=["state", "last_message_at"], name="enquiries_by_state"),
                models.Index(
                    condition=models.Q(("brand__isnull", False)), fields=["brand", "-id"], name="enquiries_of_brand"
                ),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("reseller", "key"), name="enquiry_once_per_key"),
                models.CheckConstraint(
                    condition=models.Q(("order__isnull", True), ("style__isnull", True), _connector="OR"),
                    name="enquiry_has_one_subject",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("closed_at__isnull", True), ("due_at__isnull", False), ("state", "open")),
                        models.Q(("closed_at__isnull", True), ("due_at__isnull", True), ("state", "answered")),
                        models.Q(("closed_at__isnull", False), ("due_at__isnull", True), ("state", "closed")),
                        _connector="OR",
                    ),
                    name="enquiry_state_has_its_times",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="EnquiryMessage",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("is_from_reseller", models.BooleanField()),
            ("text", models.CharField(blank=True, max_length=1000)),
            ("key", models.CharField(help_text="the client's idempotency key", max_length=64)),
            ("at", models.DateTimeField()),
            ("erased_at", models.DateTimeField(null=True)),
            (
                "brand",
                models.ForeignKey(
                    db_index=False,
                    help_text="whose clerk wrote it; null where the reseller or the platform did",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="brands.brand",
                ),
            ),
            (
                "enquiry",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="aftersales.enquiry"
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["person", "at"], name="enquiry_messages_of_person")],
            "constraints": [models.UniqueConstraint(fields=("enquiry", "key"), name="enquiry_message_once_per_key")],
        },
    ),
    migrations.CreateModel(
        name="FaultReport",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("source", models.CharField(max_length=40)),
            (
                "key",
                models.CharField(
                    help_text="of the form that was sent; makes at most one report of its page", max_length=64
                ),
            ),
            ("units", models.PositiveIntegerField()),
            (
                "reason",
                models.CharField(
                    choices=[
                        ("faulty", "faulty"),
                        ("damaged", "damaged"),
                        ("wrong_goods", "wrong_goods"),
                        ("missing", "missing"),
                    ],
                    max_length=20,
                ),
            ),
            ("text", models.CharField(blank=True, max_length=500)),
            (
                "may_reuse",
                models.BooleanField(help_text="she allows that her photos are shown to others, without her name"),
            ),
            (
                "network",
                models.CharField(
                    blank=True,
                    help_text="a keyed hash of the network, for a coarse rate limit; changes every day",
                    max_length=32,
                ),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("open", "open"),
                        ("case", "case"),
                        ("answered", "answered"),
                        ("withdrawn", "withdrawn"),
                        ("expired", "expired"),
                    ],
                    default="open",
                    max_length=10,
                ),
            ),
            ("reported_at", models.DateTimeField()),
            ("ended_at", models.DateTimeField(null=True)),
            ("answer", models.CharField(blank=True, help_text="what the reseller wrote to her", max_length=300)),
            (
                "erased_at",
                models.DateTimeField(help_text="when words, answer, consent and hash were erased", null=True),
            ),
            (
                "case",
                models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="fault_report",
                    to="aftersales.case",
                ),
            ),
            (
                "line",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="fault_reports", to="orders.orderline"
                ),
            ),
            (
                "reseller",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="fault_reports",
                    to="membership.reseller",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["reseller", "-id"], name="fault_reports_of_reseller"),
                models.Index(condition=models.Q(("state", "open")), fields=["reseller"], name="fault_reports_open"),
                models.Index(
                    condition=models.Q(("network", ""), _negated=True),
                    fields=["network", "reported_at"],
                    name="fault_reports_of_network",
                ),
                models.Index(
                    condition=models.Q(("may_reuse", True)), fields=["reseller", "line"], name="fault_reports_lent"
                ),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("source", "key"), name="fault_report_once_per_key"),
                models.UniqueConstraint(
                    condition=models.Q(("state", "open")), fields=("line", "source"), name="fault_report_open_once"
                ),
                models.CheckConstraint(condition=models.Q(("units__gt", 0)), name="fault_report_units_positive"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("case__isnull", True), ("ended_at__isnull", True), ("state", "open")),
                        models.Q(("case__isnull", False), ("ended_at__isnull", False), ("state", "case")),
                        models.Q(
                            ("case__isnull", True),
                            ("ended_at__isnull", False),
                            ("state__in", ["answered", "withdrawn", "expired"]),
                        ),
                        _connector="OR",
                    ),
                    name="fault_report_state_has_its_columns",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("erased_at__isnull", True),
                        models.Q(
                            ("answer", ""),
                            ("ended_at__isnull", False),
                            ("may_reuse", False),
                            ("network", ""),
                            ("text", ""),
                        ),
                        _connector="OR",
                    ),
                    name="fault_report_erased_is_empty",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Photo",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("sha256", models.CharField(help_text="of its largest size", max_length=64)),
            ("width", models.PositiveIntegerField()),
            ("height", models.PositiveIntegerField()),
            ("size_bytes", models.PositiveIntegerField(help_text="of what was sent")),
            (
                "is_from_customer",
                models.BooleanField(db_default=False, default=False, help_text="it came with a report of a fault"),
            ),
            ("stored_at", models.DateTimeField()),
            ("erased_at", models.DateTimeField(null=True)),
            (
                "person",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["person", "stored_at"], name="photos_of_person"),
                models.Index(condition=models.Q(("erased_at__isnull", True)), fields=["sha256"], name="photos_by_hash"),
                models.Index(
                    condition=models.Q(("erased_at__isnull", True)), fields=["stored_at"], name="photos_to_erase"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="MessagePhoto",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "message",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="message_photos",
                    to="aftersales.enquirymessage",
                ),
            ),
            (
                "photo",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="message_photos", to="aftersales.photo"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("message", "photo"), name="message_photo_once")],
        },
    ),
    migrations.CreateModel(
        name="FaultReportPhoto",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("has_logo", models.BooleanField(null=True)),
            (
                "is_shown",
                models.BooleanField(db_default=False, default=False, help_text="its reseller shows it with the style"),
            ),
            (
                "report",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="report_photos",
                    to="aftersales.faultreport",
                ),
            ),
            (
                "photo",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="report_photos", to="aftersales.photo"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("report", "photo"), name="fault_report_photo_once")],
        },
    ),
    migrations.CreateModel(
        name="CasePhoto",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "case",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="case_photos", to="aftersales.case"
                ),
            ),
            (
                "photo",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="case_photos", to="aftersales.photo"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("case", "photo"), name="case_photo_once")],
        },
    ),
    migrations.CreateModel(
        name="Refund",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "reason",
                models.CharField(
                    choices=[
                        ("changed_mind", "changed_mind"),
                        ("out_of_stock", "out_of_stock"),
                        ("returned", "returned"),
                        ("refund_only", "refund_only"),
                        ("allowance", "allowance"),
                        ("resend_short", "resend_short"),
                    ],
                    max_length=20,
                ),
            ),
            ("note", models.CharField(blank=True, max_length=300)),
            ("units", models.PositiveIntegerField()),
            ("amount_fen", models.BigIntegerField()),
            (
                "borne_by",
                models.CharField(
                    choices=[("brand", "brand"), ("platform", "platform"), ("carrier", "carrier")],
                    db_default="brand",
                    default="brand",
                    max_length=10,
                ),
            ),
            (
                "payable_fen",
                models.BigIntegerField(
                    help_text="null in rows of version 0.2: the units times the brand's part of the line's price",
                    null=True,
                ),
            ),
            ("claim_fen", models.BigIntegerField(db_default=0, default=0)),
            (
                "freight_fen",
                models.BigIntegerField(
                    db_default=0, default=0, help_text="of what was paid for shipping, beside the amount (ORDER-16)"
                ),
            ),
            (
                "return_freight_fen",
                models.BigIntegerField(
                    db_default=0, default=0, help_text="for sending the goods back, beside the amount (AFTER-22)"
                ),
            ),
            (
                "return_freight_by",
                models.CharField(
                    blank=True,
                    choices=[("brand", "brand"), ("platform", "platform")],
                    db_default="",
                    default="",
                    help_text="who bears the return freight",
                    max_length=10,
                ),
            ),
            ("key", models.CharField(help_text="the client's idempotency key, or that of the case", max_length=64)),
            ("at", models.DateTimeField()),
            (
                "line",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="orders.orderline"
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("line", "key"), name="refund_once_per_key"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amount_fen__gte", 0), ("units__gt", 0)),
                        models.Q(("amount_fen__gt", 0), ("reason", "allowance"), ("units", 0)),
                        _connector="OR",
                    ),
                    name="refund_units_or_allowance",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("freight_fen__gte", 0), ("return_freight_by", ""), ("return_freight_fen", 0)),
                        models.Q(
                            ("freight_fen", 0),
                            ("return_freight_by__in", ["brand", "platform"]),
                            ("return_freight_fen__gt", 0),
                        ),
                        _connector="OR",
                    ),
                    name="refund_freight_sound",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Exchange",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "order",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="exchange", to="orders.order"
                ),
            ),
            (
                "refund",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="exchange", to="aftersales.refund"
                ),
            ),
        ],
    ),
    migrations.CreateModel(
        name="CarrierClaim",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[("open", "open"), ("claimed", "claimed"), ("paid", "paid"), ("rejected", "rejected")],
                    max_length=10,
                ),
            ),
            ("amount_fen", models.BigIntegerField(help_text="of the refund, what the carrier bears")),
            ("paid_fen", models.BigIntegerField(default=0)),
            ("carrier_name", models.CharField(blank=True, max_length=30)),
            (
                "tracking_no",
                models.CharField(blank=True, help_text="of the last parcel with units of the line", max_length=40),
            ),
            (
                "reference",
                models.CharField(
                    blank=True,
                    help_text="the carrier's number of the claim, or the bank's of its payment",
                    max_length=80,
                ),
            ),
            ("opened_at", models.DateTimeField()),
            ("claimed_at", models.DateTimeField(null=True)),
            ("ended_at", models.DateTimeField(null=True)),
            (
                "refund",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="carrier_claim", to="aftersales.refund"
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["state", "-id"], name="carrier_claims_by_state")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("amount_fen__gt", 0), ("paid_fen__gte", 0), ("paid_fen__lte", models.F("amount_fen"))
                    ),
                    name="carrier_claim_paid_within_amount",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("ended_at__isnull", False), ("paid_fen__gt", 0), ("state", "paid")),
                        models.Q(("ended_at__isnull", False), ("paid_fen", 0), ("state", "rejected")),
                        models.Q(("ended_at__isnull", True), ("paid_fen", 0), ("state__in", ["open", "claimed"])),
                        _connector="OR",
                    ),
                    name="carrier_claim_state_has_its_end",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Resend",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("units", models.PositiveIntegerField()),
            ("borne_by", models.CharField(choices=[("brand", "brand"), ("platform", "platform")], max_length=10)),
            ("payable_fen", models.BigIntegerField()),
            ("taken_units", models.PositiveIntegerField(default=0)),
            ("at", models.DateTimeField()),
            (
                "case",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="resend", to="aftersales.case"
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="flashsales.saleitem",
                ),
            ),
            (
                "line",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="resends", to="orders.orderline"
                ),
            ),
            (
                "refund",
                models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="resend",
                    to="aftersales.refund",
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("taken_units__lte", models.F("units")), ("units__gt", 0)),
                    name="resend_units_sound",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("borne_by", "platform"), ("payable_fen__gte", 0)), ("payable_fen", 0), _connector="OR"
                    ),
                    name="resend_paid_by_platform",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("item__isnull", True), ("taken_units", 0)),
                        models.Q(("item__isnull", False), ("taken_units__gt", 0)),
                        _connector="OR",
                    ),
                    name="resend_taken_from_item",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ShippingLayoutAnswer",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("fingerprint", models.CharField(max_length=64)),
            ("columns", models.JSONField(default=dict, help_text="column letters, or a text for all lines → field")),
            ("answered_at", models.DateTimeField()),
            (
                "brand",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="brands.brand"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("brand", "fingerprint"), name="shipping_layout_answered_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="ShippingUploadJob",
        fields=[
            (
                "fencing_token",
                models.PositiveIntegerField(default=0, help_text="how often a worker has taken the upload"),
            ),
            (
                "attempts",
                models.PositiveSmallIntegerField(
                    default=0, help_text="how often reading was begun that could have ended"
                ),
            ),
            ("lease_until", models.DateTimeField(help_text="until then a worker has it", null=True)),
            ("stage", models.CharField(blank=True, max_length=20)),
            ("lines", models.PositiveIntegerField(default=0)),
            ("lines_done", models.PositiveIntegerField(default=0)),
            ("faults_found", models.PositiveIntegerField(default=0)),
            ("seconds_left", models.PositiveIntegerField(null=True)),
            (
                "upload",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="job",
                    serialize=False,
                    to="aftersales.shippingupload",
                ),
            ),
        ],
        options={
            "abstract": False,
        },
    ),
    migrations.CreateModel(
        name="Substitute",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "state",
                models.CharField(
                    choices=[("offered", "offered"), ("accepted", "accepted"), ("declined", "declined")], max_length=10
                ),
            ),
            ("offered_at", models.DateTimeField()),
            ("expires_at", models.DateTimeField()),
            ("answered_at", models.DateTimeField(null=True)),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flashsales.saleitem"
                ),
            ),
            (
                "order",
                models.OneToOneField(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="substitute", to="orders.order"
                ),
            ),
            (
                "refund",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="substitute", to="aftersales.refund"
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("answered_at__isnull", True), ("order__isnull", True), ("state", "offered")),
                        models.Q(("answered_at__isnull", False), ("order__isnull", False), ("state", "accepted")),
                        models.Q(("answered_at__isnull", False), ("order__isnull", True), ("state", "declined")),
                        _connector="OR",
                    ),
                    name="substitute_state_has_its_columns",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="CarrierSpelling",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("word", models.CharField(help_text="as `orders.rules.parcels.carrier_key` folds it", max_length=80)),
            ("chosen_at", models.DateTimeField()),
            (
                "brand",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="brands.brand"
                ),
            ),
            (
                "carrier",
                models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orders.carrier"),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("brand", "word"), name="carrier_spelling_once")],
        },
    ),
    migrations.CreateModel(
        name="Decision",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(help_text="the client's idempotency key", max_length=64)),
            (
                "action",
                models.CharField(
                    choices=[
                        ("approve", "approve"),
                        ("reject", "reject"),
                        ("send_back", "send_back"),
                        ("receive", "receive"),
                        ("refund", "refund"),
                        ("refund_only", "refund_only"),
                        ("resend", "resend"),
                        ("withdraw", "withdraw"),
                        ("expire", "expire"),
                    ],
                    max_length=20,
                ),
            ),
            (
                "amount_fen",
                models.BigIntegerField(help_text="what was to be refunded; null where nothing was chosen", null=True),
            ),
            ("at", models.DateTimeField()),
            (
                "case",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="aftersales.case"
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("case", "key"), name="decision_once_per_key")],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("aftersales", "0001_initial"),
        ("aftersales", "0002_liability"),
        ("aftersales", "0003_validate_refunds"),
        ("aftersales", "0004_photos"),
        ("aftersales", "0005_erasure"),
        ("aftersales", "0006_enquiries"),
        ("aftersales", "0007_exchanges"),
        ("aftersales", "0008_shipping_uploads"),
        ("aftersales", "0009_brand_enquiries"),
        ("aftersales", "0010_carrier_claims"),
        ("aftersales", "0011_substitutes"),
        ("aftersales", "0012_resends"),
        ("aftersales", "0013_validate_resends"),
        ("aftersales", "0014_fault_reports"),
        ("aftersales", "0015_shown_photos"),
        ("aftersales", "0016_freight"),
        ("aftersales", "0017_validate_freight"),
        ("aftersales", "0018_refund_targets"),
    ]

    dependencies = [
        ("brands", "0001_squashed_0004_closed_brands"),
        ("flashsales", "0001_squashed_0008_freight"),
        ("inventory", "0001_squashed_0008_size_charts_of_styles"),
        ("membership", "0001_initial"),
        ("orders", "0001_squashed_0027_closed_accounts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(MODELS),
    ]
