"""The terms of a price list call the timed markdown `markdown_schedule` (PRICE-10).

The rules are those of `pricing.rules.terms.marked_down_price`; a differential test compares the two.
"""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION pricing_price_at(
    wholesale_fen bigint, lowest_fen bigint, list_terms jsonb, ends_at timestamptz, at timestamptz
) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    terms jsonb := list_terms -> 'resolved';
    schedule jsonb := terms -> 'markdown_schedule';
    last_minutes bigint;
    every_minutes bigint;
    elapsed interval;
    steps bigint;
    lowest bigint := greatest(1, lowest_fen);
    price bigint;
    ended bigint;
    step_fen bigint;
    offset_fen bigint;
BEGIN
    IF schedule IS NULL OR schedule = 'null'::jsonb THEN
        RETURN wholesale_fen;
    END IF;
    last_minutes := (schedule ->> 'last_minutes')::bigint;
    every_minutes := (schedule ->> 'every_minutes')::bigint;
    elapsed := at - (ends_at - make_interval(mins => last_minutes::int));
    IF elapsed < interval '0' THEN
        RETURN wholesale_fen;
    END IF;
    steps := least(
        div((extract(epoch FROM elapsed) * 1000000)::bigint, every_minutes * 60000000) + 1,
        (last_minutes + every_minutes - 1) / every_minutes
    );
    price := greatest(1, round(wholesale_fen * greatest(0, 1 - (schedule ->> 'rate')::numeric * steps))::bigint);
    step_fen := CASE terms ->> 'ending' WHEN 'fen' THEN 1 WHEN 'jiao' THEN 10 ELSE 100 END;
    offset_fen := CASE terms ->> 'ending' WHEN 'nine' THEN 90 ELSE 0 END;
    ended := price - ((price - offset_fen) % step_fen + step_fen) % step_fen;
    RETURN greatest(lowest, CASE WHEN ended >= lowest THEN ended ELSE price END);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("pricing", "0004_rounded_once")]
    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
