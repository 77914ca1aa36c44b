"""Indexes of the search: the shown digits of a phone, and lines with a remark."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Right, Substr


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0010_erasure")]

    operations = [
        AddIndexConcurrently(
            model_name="recipient",
            index=models.Index(
                Case(
                    When(phone__startswith="1", then=Substr("phone", 8, 4)),
                    When(phone__regex=r"-\d+-", then=Value("")),
                    default=Right("phone", 4),
                    output_field=models.CharField(),
                ),
                name="recipients_by_phone_tail",
            ),
        ),
        AddIndexConcurrently(
            model_name="orderline",
            index=models.Index(condition=~Q(remark=""), fields=["id"], name="order_lines_with_remark"),
        ),
    ]
