import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("aftersales", "0005_erasure"),
        ("inventory", "0001_initial"),
        ("membership", "0001_initial"),
        ("orders", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    models.DateTimeField(
                        help_text="until when ops are to answer; null while nothing is asked", null=True
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "read_message_id",
                    models.BigIntegerField(default=0, help_text="the last message that the reseller has seen"),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="message_photos",
                        to="aftersales.photo",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(condition=models.Q(("state", "open")), fields=["due_at", "id"], name="enquiries_open"),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(fields=["reseller", "-id"], name="enquiries_of_reseller"),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(fields=["state", "last_message_at"], name="enquiries_by_state"),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.UniqueConstraint(fields=("reseller", "key"), name="enquiry_once_per_key"),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(("order__isnull", True), ("style__isnull", True), _connector="OR"),
                name="enquiry_has_one_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("due_at__isnull", False), ("state", "open")),
                    models.Q(("closed_at__isnull", True), ("due_at__isnull", True), ("state", "answered")),
                    models.Q(("closed_at__isnull", False), ("due_at__isnull", True), ("state", "closed")),
                    _connector="OR",
                ),
                name="enquiry_state_has_its_times",
            ),
        ),
        migrations.AddIndex(
            model_name="enquirymessage",
            index=models.Index(fields=["person", "at"], name="enquiry_messages_of_person"),
        ),
        migrations.AddConstraint(
            model_name="enquirymessage",
            constraint=models.UniqueConstraint(fields=("enquiry", "key"), name="enquiry_message_once_per_key"),
        ),
        migrations.AddConstraint(
            model_name="messagephoto",
            constraint=models.UniqueConstraint(fields=("message", "photo"), name="message_photo_once"),
        ),
    ]
