"""What a frozen price has come down to on its list's markdown ladder at an instant (PRICE-10), as sets can ask it.

The same law as `pricing.rules.marked_down`; a differential test holds them together. A list without a ladder costs one comparison.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION pricing_price_at(
    wholesale_fen bigint, lowest_fen bigint, list_terms jsonb, ends_at timestamptz, at timestamptz
) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    terms jsonb := list_terms -> 'resolved';
    ladder jsonb := terms -> 'ladder';
    begun interval;
    rungs bigint;
    price bigint;
    ended bigint;
    step_fen bigint;
    offset_fen bigint;
BEGIN
    IF ladder IS NULL OR ladder = 'null'::jsonb OR at >= ends_at THEN
        RETURN wholesale_fen;
    END IF;
    begun := at - (ends_at - make_interval(mins => (ladder ->> 'last_minutes')::int));
    IF begun < interval '0' THEN
        RETURN wholesale_fen;
    END IF;
    rungs := div((extract(epoch FROM begun) * 1000000)::bigint, (ladder ->> 'every_minutes')::bigint * 60000000) + 1;
    price := round(wholesale_fen * greatest(0, 1 - (ladder ->> 'rate')::numeric * rungs))::bigint;
    step_fen := CASE terms ->> 'ending' WHEN 'fen' THEN 1 WHEN 'jiao' THEN 10 ELSE 100 END;
    offset_fen := CASE terms ->> 'ending' WHEN 'nine' THEN 90 ELSE 0 END;
    ended := price - ((price - offset_fen) % step_fen + step_fen) % step_fen;
    RETURN greatest(lowest_fen, CASE WHEN ended >= lowest_fen THEN ended ELSE price END);
END $$;
"""

BACKWARD = "DROP FUNCTION pricing_price_at(bigint, bigint, jsonb, timestamptz, timestamptz);"


class Migration(migrations.Migration):
    dependencies = [("pricing", "0002_lists_never_change")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
