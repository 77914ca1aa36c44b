"""Each shipped consignment becomes one parcel, and its lines learn how many of their units were shipped, cancelled and short.

It can be run again: rows that were moved stay as they are. It reads aftersales_refund, which each database with orders has since its first
migrations, and does not depend on it: aftersales and orders would wait for each other, and none could be squashed.
"""

from django.db import migrations

MOVE = """
DO $$ BEGIN
IF to_regclass('aftersales_refund') IS NOT NULL THEN
    UPDATE orders_orderline l
    SET cancelled_units = least(l.refunded_units, r.unshipped),
        short_units = least(l.refunded_units, r.unshipped, r.short)
    FROM (SELECT line_id, coalesce(sum(units) FILTER (WHERE reason IN ('changed_mind', 'out_of_stock')), 0) AS unshipped,
                 coalesce(sum(units) FILTER (WHERE reason = 'out_of_stock'), 0) AS short
          FROM aftersales_refund GROUP BY line_id) r
    WHERE r.line_id = l.id AND l.cancelled_units = 0 AND r.unshipped > 0;
END IF;
END $$;

UPDATE orders_orderline l
SET shipped_units = l.units - l.cancelled_units, shipped_at = c.shipped_at
FROM orders_consignment c
WHERE c.id = l.consignment_id AND c.state = 'shipped' AND l.shipped_units = 0 AND l.units > l.cancelled_units;

INSERT INTO orders_parcel (consignment_id, brand_id, carrier_id, carrier_name, tracking_no, waybill, shipped_at, status, status_at)
SELECT c.id, c.brand_id, k.id, coalesce(k.name, c.carrier), c.tracking_no,
       upper(regexp_replace(c.tracking_no, '-[0-9]{1,3}-([0-9]{1,3}-?)?$', '')), c.shipped_at, 'shipped', c.shipped_at
FROM orders_consignment c
LEFT JOIN LATERAL (
    SELECT id, name FROM orders_carrier
    WHERE lower(c.carrier) = lower(name) OR lower(c.carrier) = ANY (SELECT lower(unnest(aliases))) ORDER BY id LIMIT 1
) k ON true
WHERE c.state = 'shipped' AND c.tracking_no <> ''
  AND NOT EXISTS (SELECT FROM orders_parcel p WHERE p.consignment_id = c.id);

INSERT INTO orders_parcelline (parcel_id, line_id, units, shipped_at)
SELECT p.id, l.id, l.shipped_units, p.shipped_at
FROM orders_parcel p JOIN orders_orderline l ON l.consignment_id = p.consignment_id
WHERE l.shipped_units > 0 AND NOT EXISTS (SELECT FROM orders_parcelline m WHERE m.line_id = l.id);
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_first_carriers")]

    operations = [migrations.RunSQL(MOVE, migrations.RunSQL.noop)]
