from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Invoices read the credits of a line, for each line of a request (INVOICE-2)."""

    atomic = False

    dependencies = [("treasury", "0013_validate_late_refunds")]

    operations = [
        AddIndexConcurrently(
            model_name="moneyrequest",
            index=models.Index(
                condition=models.Q(("line__isnull", False)), fields=["line"], name="money_requests_of_line"
            ),
        ),
    ]
