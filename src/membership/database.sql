CREATE OR REPLACE TRIGGER membership_growthentry_append_only BEFORE UPDATE OR DELETE ON membership_growthentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER membership_tierchange_append_only BEFORE UPDATE OR DELETE ON membership_tierchange
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Who invited a reseller, and whose account it is, is set once.
CREATE OR REPLACE FUNCTION membership_refuse_new_inviter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.invited_by_id IS DISTINCT FROM OLD.invited_by_id OR NEW.person_id <> OLD.person_id THEN
        RAISE EXCEPTION 'who invited a reseller never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER membership_reseller_inviter_fixed BEFORE UPDATE OF invited_by_id, person_id ON membership_reseller
    FOR EACH ROW EXECUTE FUNCTION membership_refuse_new_inviter();
