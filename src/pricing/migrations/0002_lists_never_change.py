"""A price list, once frozen, stays as it is; rules are ended or withdrawn, never rewritten."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION pricing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% never changes once written', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER price_list_frozen BEFORE UPDATE OR DELETE ON pricing_pricelist
    FOR EACH STATEMENT EXECUTE FUNCTION pricing_refuse_change();
CREATE TRIGGER price_list_item_frozen BEFORE UPDATE OR DELETE ON pricing_pricelistitem
    FOR EACH STATEMENT EXECUTE FUNCTION pricing_refuse_change();
CREATE TRIGGER price_list_row_frozen BEFORE UPDATE OR DELETE ON pricing_pricelistrow
    FOR EACH STATEMENT EXECUTE FUNCTION pricing_refuse_change();
CREATE FUNCTION pricing_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.brand_id, NEW.scope, NEW.category_id, NEW.season, NEW.year, NEW.style_id, NEW.starts_on, NEW.floor_rate, NEW.floor_fen,
        NEW.action, NEW.cut_rate) IS DISTINCT FROM
       (OLD.brand_id, OLD.scope, OLD.category_id, OLD.season, OLD.year, OLD.style_id, OLD.starts_on, OLD.floor_rate, OLD.floor_fen,
        OLD.action, OLD.cut_rate) THEN
        RAISE EXCEPTION 'a price control is ended or withdrawn, never rewritten' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER price_control_for_good BEFORE UPDATE ON pricing_pricecontrol
    FOR EACH ROW EXECUTE FUNCTION pricing_refuse_rewriting();
"""

BACKWARD = """
DROP TRIGGER price_control_for_good ON pricing_pricecontrol;
DROP FUNCTION pricing_refuse_rewriting();
DROP TRIGGER price_list_row_frozen ON pricing_pricelistrow;
DROP TRIGGER price_list_item_frozen ON pricing_pricelistitem;
DROP TRIGGER price_list_frozen ON pricing_pricelist;
DROP FUNCTION pricing_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("pricing", "0001_prices")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
