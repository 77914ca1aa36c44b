-- The finder counts the units of a style again after they have changed (SALE-11). Publication gives items their first units, and writes
-- the finder's rows itself. A payment changes neither what is available nor what is taken.
CREATE OR REPLACE FUNCTION flashsales_note_units_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO flashsales_styleunitschange (sale_id, style_id) VALUES (NEW.sale_id, NEW.style_id);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER flashsales_saleitem_units_change AFTER UPDATE OF available, held, sold ON flashsales_saleitem
    FOR EACH ROW WHEN (
        OLD.allotted > 0 AND (OLD.available, OLD.held + OLD.sold) IS DISTINCT FROM (NEW.available, NEW.held + NEW.sold)
    )
    EXECUTE FUNCTION flashsales_note_units_change();

-- The finder's rows of a sale have its window. Rows of a sale are written by one transaction at a time; see sql/searching.py.
CREATE OR REPLACE FUNCTION flashsales_move_search_window() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('flashsales.count_changed_styles'));
    UPDATE flashsales_stylesearch SET starts_at = NEW.starts_at, ends_at = NEW.ends_at WHERE sale_id = NEW.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER flashsales_sale_search_window AFTER UPDATE OF starts_at, ends_at ON flashsales_sale
    FOR EACH ROW WHEN (
        NEW.state = 'published' AND (OLD.starts_at, OLD.ends_at) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at)
    )
    EXECUTE FUNCTION flashsales_move_search_window();
