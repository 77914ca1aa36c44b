from django.db import migrations

# What one person booked before two were required: approved by who booked it, and marked as such.
RECORD_EARLIER_BOOKINGS = """
INSERT INTO treasury_moneyrequest (kind, state, reseller_id, brand_id, order_id, statement_id, amount_fen, reference, booked_as, reason,
    entered_by_id, entered_at, decided_by_id, decided_at, decision_reason, before_rule)
SELECT p.kind, 'approved',
    CASE p.kind WHEN 'top_up' THEN a.owner_id END, CASE WHEN p.kind <> 'top_up' THEN a.owner_id END, r.order_id,
    CASE p.kind WHEN 'payout' THEN split_part(p.key, ':', 2)::bigint END,
    abs(e.amount_fen), left(p.note, 80), p.key, '', p.person_id, p.at, p.person_id, p.at, '', true
FROM ledger_posting p
JOIN ledger_entry e ON e.posting_id = p.id
JOIN ledger_account a ON a.id = e.account_id AND a.kind IN ('wallet', 'deposit', 'brand_settled')
LEFT JOIN orders_receivedpayment r ON p.kind = 'top_up' AND r.reference = p.note
WHERE p.kind IN ('top_up', 'deposit', 'payout') AND p.person_id IS NOT NULL
ORDER BY p.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0001_initial"),
        ("ledger", "0006_reversals"),
    ]

    operations = [migrations.RunSQL(RECORD_EARLIER_BOOKINGS, migrations.RunSQL.noop)]
