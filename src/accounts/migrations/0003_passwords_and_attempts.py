"""Sessions that can be ended, who was shut out and why, one-time links, and counts of attempts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Sign-in names are looked up in NFC from now on; one whose NFC form belongs to somebody else stays as it is.
NORMALIZE = """
UPDATE accounts_person p SET login = normalize(login, NFC)
WHERE login IS NOT NFC NORMALIZED
  AND NOT EXISTS (SELECT FROM accounts_person o WHERE o.id <> p.id AND normalize(o.login, NFC) = normalize(p.login, NFC));
UPDATE accounts_person SET name = normalize(name, NFC) WHERE name IS NOT NFC NORMALIZED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_audit_is_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="AttemptCount",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("since", models.DateTimeField(db_index=True)),
                ("attempts", models.PositiveIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="person",
            name="deactivated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="person",
            name="deactivated_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="deactivation_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="person",
            name="session_version",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="sessions hold the one that they began with; counting it up ends them all",
            ),
        ),
        migrations.CreateModel(
            name="PasswordLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "ended_at",
                    models.DateTimeField(help_text="used, or replaced by a later link or another change", null=True),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="password_links",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("used_at", None), ("ended_at__isnull", False), _connector="OR"),
                        name="password_link_used_is_ended",
                    )
                ],
            },
        ),
        migrations.RunSQL(NORMALIZE, migrations.RunSQL.noop),
    ]
