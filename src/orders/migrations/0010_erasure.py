"""When contacts were erased, and that an erased row has none."""

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0009_order_uploads")]

    operations = [
        migrations.AddField(
            model_name="recipient",
            name="note",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="recipient",
            name="erased_at",
            field=models.DateTimeField(
                help_text="when name, phone, address and note were erased (PRIVACY-5)", null=True
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="erased_at",
            field=models.DateTimeField(
                help_text="when the contacts of its recipients were erased (PRIVACY-5)", null=True
            ),
        ),
        migrations.AddField(
            model_name="consignment",
            name="erased_at",
            field=models.DateTimeField(help_text="when name, phone and address were erased (PRIVACY-5)", null=True),
        ),
        AddIndexConcurrently(
            model_name="recipient",
            index=models.Index(
                condition=Q(hidden_at__isnull=False, erased_at__isnull=True),
                fields=["hidden_at"],
                name="recipients_to_erase",
            ),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(condition=Q(erased_at__isnull=True), fields=["id"], name="orders_with_contacts"),
        ),
        AddConstraintNotValid(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(name="", phone="", address="", note="", hidden_at__isnull=False),
                name="recipient_erased_is_empty",
            ),
        ),
        ValidateConstraint(model_name="recipient", name="recipient_erased_is_empty"),
        AddConstraintNotValid(
            model_name="consignment",
            constraint=models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(name="", phone="", address=""),
                name="consignment_erased_is_empty",
            ),
        ),
        ValidateConstraint(model_name="consignment", name="consignment_erased_is_empty"),
    ]
