from django.db import migrations

# Statements that were settled before there was anything to confirm count as sent and confirmed when they were settled, and paid ones stay
# paid. Their lines can no longer change, so the figures of now are those of then.
FILL = """
UPDATE settlement_statement SET sent_at = settled_at, confirm_by = settled_at, confirmed_at = settled_at WHERE state <> 'draft';

INSERT INTO settlement_statementitem (line_id, statement_id, refunded_units, refunded_fen, payable_fen, carrier_claim_fen)
SELECT l.id, t.id, l.refunded_units, l.refunded_units * l.price_fen + l.refund_adjustment_fen,
       (l.units - l.refunded_units) * l.payable_fen + l.payable_adjustment_fen, l.carrier_claim_fen
FROM settlement_statement t JOIN orders_orderline l ON l.sale_id = t.sale_id JOIN orders_order o ON o.id = l.order_id
WHERE t.state <> 'draft' AND o.state = 'paid' ORDER BY t.id, l.id ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0004_statement_life")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
