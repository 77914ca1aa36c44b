-- All movements of quantities, to read. Those that an upload made have no rows of their own in inventory_movement: they are the
-- upload's changes, and share the number that the upload drew when it was applied (docs/decisions/0020).
CREATE OR REPLACE VIEW inventory_stockledger AS
SELECT id, sku_id, kind, cause, on_hand_delta, allotted_delta, at, person_id FROM inventory_movement
UNION ALL
SELECT u.applied_at_seq, c.sku_id, 'upload', 'upload:' || u.id, c.on_hand_delta, 0, u.ended_at, u.applied_by_id
FROM inventory_upload u JOIN inventory_uploadchange c ON c.upload_id = u.id
WHERE u.changes_are_movements AND c.on_hand_delta <> 0 AND (c.kind <> 'missing' OR c.zeroed);

CREATE OR REPLACE TRIGGER inventory_movement_append_only BEFORE UPDATE OR DELETE ON inventory_movement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();


-- Foreign keys that are checked once per statement: an upload writes 100,000 rows at a time, and PostgreSQL's own check is made row by
-- row (docs/decisions/0020). The tables are movement → sku → style → category; the columns have db_constraint=False in the models.

CREATE OR REPLACE FUNCTION inventory_require_sku() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written w WHERE NOT EXISTS (SELECT FROM inventory_sku s WHERE s.id = w.sku_id)) THEN
        RAISE EXCEPTION 'a movement names a SKU that does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER inventory_movement_require_sku AFTER INSERT ON inventory_movement
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION inventory_require_sku();

-- DISTINCT: a style is looked up once, not once for each of its SKUs.
CREATE OR REPLACE FUNCTION inventory_require_style() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT style_id FROM written) w
               WHERE NOT EXISTS (SELECT FROM inventory_style t WHERE t.id = w.style_id)) THEN
        RAISE EXCEPTION 'a SKU names a style that does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER inventory_sku_require_style AFTER INSERT ON inventory_sku
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION inventory_require_style();

CREATE OR REPLACE FUNCTION inventory_require_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT category_id FROM written WHERE category_id IS NOT NULL) w
               WHERE NOT EXISTS (SELECT FROM inventory_category c WHERE c.id = w.category_id)) THEN
        RAISE EXCEPTION 'a style names a category that does not exist' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER inventory_style_require_category_on_insert AFTER INSERT ON inventory_style
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION inventory_require_category();
CREATE OR REPLACE TRIGGER inventory_style_require_category_on_update AFTER UPDATE ON inventory_style
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION inventory_require_category();

-- The other end of these keys: a SKU or a style that rows refer to is not deleted, and keys never change. SKUs and styles that an undone
-- upload had added are deleted where nothing refers to them (docs/decisions/0042).

CREATE OR REPLACE FUNCTION inventory_refuse_delete_of_moved_sku() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM deleted d JOIN inventory_movement m ON m.sku_id = d.id) THEN
        RAISE EXCEPTION 'a SKU that has movements is never deleted' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER inventory_sku_refuse_delete AFTER DELETE ON inventory_sku
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION inventory_refuse_delete_of_moved_sku();

CREATE OR REPLACE FUNCTION inventory_refuse_delete_of_style_with_skus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM deleted d JOIN inventory_sku s ON s.brand_id = d.brand_id AND s.style_id = d.id) THEN
        RAISE EXCEPTION 'a style that has SKUs is never deleted' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER inventory_style_refuse_delete AFTER DELETE ON inventory_style
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION inventory_refuse_delete_of_style_with_skus();

CREATE OR REPLACE FUNCTION inventory_refuse_change_of_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a key of % never changes and its row is never deleted', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
END $$;
CREATE OR REPLACE TRIGGER inventory_sku_key_fixed BEFORE UPDATE OF id, style_id ON inventory_sku
    FOR EACH ROW WHEN (OLD.id <> NEW.id OR OLD.style_id <> NEW.style_id) EXECUTE FUNCTION inventory_refuse_change_of_key();
CREATE OR REPLACE TRIGGER inventory_style_key_fixed BEFORE UPDATE OF id ON inventory_style
    FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION inventory_refuse_change_of_key();
CREATE OR REPLACE TRIGGER inventory_category_key_fixed BEFORE DELETE OR UPDATE OF id ON inventory_category
    FOR EACH ROW EXECUTE FUNCTION inventory_refuse_change_of_key();


-- The changes of an applied upload are its movements, so they are as append-only as movements are. The guard fires once per statement:
-- a preview that is made again deletes the 100,000 rows of the one before.
CREATE OR REPLACE FUNCTION inventory_refuse_change_of_applied_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM changed c JOIN inventory_upload u ON u.id = c.upload_id WHERE u.applied_at_seq IS NOT NULL) THEN
        RAISE EXCEPTION 'the changes of an applied upload never change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER inventory_uploadchange_append_only_on_delete AFTER DELETE ON inventory_uploadchange
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION inventory_refuse_change_of_applied_changes();
CREATE OR REPLACE TRIGGER inventory_uploadchange_append_only_on_update AFTER UPDATE ON inventory_uploadchange
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION inventory_refuse_change_of_applied_changes();

CREATE OR REPLACE FUNCTION inventory_refuse_change_of_applied_upload() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (NEW.id, NEW.applied_at_seq, NEW.ended_at, NEW.applied_by_id) IS DISTINCT FROM (OLD.id, OLD.applied_at_seq, OLD.ended_at, OLD.applied_by_id)
        OR (NEW.state <> OLD.state AND NEW.state <> 'undone')
        OR (NEW.changes_are_movements <> OLD.changes_are_movements AND NEW.state <> 'undone')
    THEN
        RAISE EXCEPTION 'an applied upload can only be undone' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER inventory_upload_applied_fixed BEFORE UPDATE OR DELETE ON inventory_upload
    FOR EACH ROW WHEN (OLD.applied_at_seq IS NOT NULL) EXECUTE FUNCTION inventory_refuse_change_of_applied_upload();
