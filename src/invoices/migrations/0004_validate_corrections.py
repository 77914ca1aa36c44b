from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("invoices", "0003_corrections")]

    operations = [ValidateConstraint(model_name="invoicerequest", name="invoice_request_state_sound")]
