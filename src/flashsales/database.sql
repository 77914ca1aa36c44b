-- The finder counts the available units of a style again after they have changed (SALE-11). Publication and the first units of an item
-- are left out: there the finder's row is written with the units.
CREATE OR REPLACE FUNCTION flashsales_note_units_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO flashsales_styleunitschange (sale_id, style_id) VALUES (NEW.sale_id, NEW.style_id);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER flashsales_saleitem_units_change AFTER UPDATE OF available ON flashsales_saleitem
    FOR EACH ROW WHEN (OLD.available <> NEW.available AND OLD.allotted > 0)
    EXECUTE FUNCTION flashsales_note_units_change();
