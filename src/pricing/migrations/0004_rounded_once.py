"""The price on the ladder stays on the last rung after the ladder's end, and no price is under 1 fen (PRICE-8, PRICE-10).

The same law as `pricing.rules.marked_down`; a differential test holds them together. Rows that are on lists already are not checked
anew: the constraint holds for what is written from now on.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

FUNCTION = """
CREATE OR REPLACE FUNCTION pricing_price_at(
    wholesale_fen bigint, lowest_fen bigint, list_terms jsonb, ends_at timestamptz, at timestamptz
) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    terms jsonb := list_terms -> 'resolved';
    ladder jsonb := terms -> 'ladder';
    last_minutes bigint;
    every_minutes bigint;
    begun interval;
    rungs bigint;
    lowest bigint := greatest(1, lowest_fen);
    price bigint;
    ended bigint;
    step_fen bigint;
    offset_fen bigint;
BEGIN
    IF ladder IS NULL OR ladder = 'null'::jsonb THEN
        RETURN wholesale_fen;
    END IF;
    last_minutes := (ladder ->> 'last_minutes')::bigint;
    every_minutes := (ladder ->> 'every_minutes')::bigint;
    begun := at - (ends_at - make_interval(mins => last_minutes::int));
    IF begun < interval '0' THEN
        RETURN wholesale_fen;
    END IF;
    rungs := least(
        div((extract(epoch FROM begun) * 1000000)::bigint, every_minutes * 60000000) + 1,
        (last_minutes + every_minutes - 1) / every_minutes
    );
    price := greatest(1, round(wholesale_fen * greatest(0, 1 - (ladder ->> 'rate')::numeric * rungs))::bigint);
    step_fen := CASE terms ->> 'ending' WHEN 'fen' THEN 1 WHEN 'jiao' THEN 10 ELSE 100 END;
    offset_fen := CASE terms ->> 'ending' WHEN 'nine' THEN 90 ELSE 0 END;
    ended := price - ((price - offset_fen) % step_fen + step_fen) % step_fen;
    RETURN greatest(lowest, CASE WHEN ended >= lowest THEN ended ELSE price END);
END $$;
"""

FORMER_FUNCTION = """
CREATE OR REPLACE FUNCTION pricing_price_at(
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


class Migration(migrations.Migration):
    dependencies = [("pricing", "0003_price_on_the_ladder")]
    operations = [
        migrations.RunSQL(FUNCTION, FORMER_FUNCTION),
        AddConstraintNotValid(
            model_name="pricelistrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("wholesale_fen__gte", 1)), name="price_list_row_above_zero"
            ),
        ),
    ]
