-- A frozen price list is never changed. The guard fires once per statement: a list has up to a million rows.
CREATE OR REPLACE TRIGGER pricing_pricelist_append_only BEFORE UPDATE OR DELETE ON pricing_pricelist
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER pricing_pricelistitem_append_only BEFORE UPDATE OR DELETE ON pricing_pricelistitem
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER pricing_pricelistrow_append_only BEFORE UPDATE OR DELETE ON pricing_pricelistrow
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A price control can be ended or withdrawn; what it says is never changed.
CREATE OR REPLACE FUNCTION pricing_refuse_change_of_control() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.brand_id, NEW.scope, NEW.category_id, NEW.season, NEW.year, NEW.style_id, NEW.starts_on, NEW.floor_rate, NEW.floor_fen,
        NEW.action, NEW.cut_rate) IS DISTINCT FROM
       (OLD.brand_id, OLD.scope, OLD.category_id, OLD.season, OLD.year, OLD.style_id, OLD.starts_on, OLD.floor_rate, OLD.floor_fen,
        OLD.action, OLD.cut_rate) THEN
        RAISE EXCEPTION 'a price control is ended or withdrawn, never rewritten' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER pricing_pricecontrol_terms_fixed BEFORE UPDATE ON pricing_pricecontrol
    FOR EACH ROW EXECUTE FUNCTION pricing_refuse_change_of_control();

-- The price of a frozen list at an instant, after the steps of its markdown schedule up to then (PRICE-8, PRICE-10).
-- It computes what pricing.rules.terms.marked_down_price computes; a test compares the two. A list without a schedule costs one comparison.
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
