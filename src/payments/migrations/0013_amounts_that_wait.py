from django.db import migrations

# Another amount that arrived, and was hidden by a difference that finance ended, waits for a decision of two people again (PAY-14).
WAITING_AGAIN = """
UPDATE payments_payment SET difference = 'amount' WHERE reported_fen IS NOT NULL AND state <> 'paid' AND difference = ''
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0012_ended_before")]

    operations = [migrations.RunSQL(WAITING_AGAIN, migrations.RunSQL.noop)]
