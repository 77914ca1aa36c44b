from django.db import migrations

# Who closed a statement before there was a column for it is in the audit log.
FILL = """
    UPDATE settlement_statement t SET brand_has_money = true
    WHERE t.state = 'closed' AND EXISTS (
        SELECT FROM accounts_auditentry a
        WHERE a.subject_kind = 'statement' AND a.subject_id = t.id AND a.action = 'settlement.close' AND a.role = 'brand')
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_one_time_codes"), ("settlement", "0008_brand_has_money")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
