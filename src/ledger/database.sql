-- The entries of a posting add up to zero when the transaction commits.
CREATE OR REPLACE FUNCTION ledger_refuse_unbalanced_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount_fen) FROM ledger_entry WHERE posting_id = NEW.posting_id) <> 0 THEN
        RAISE EXCEPTION 'posting % is out of balance', NEW.posting_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
-- PostgreSQL has no CREATE OR REPLACE for a constraint trigger.
DROP TRIGGER IF EXISTS ledger_entry_balanced ON ledger_entry;
CREATE CONSTRAINT TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_unbalanced_posting();

CREATE OR REPLACE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A closed day takes no posting (LEDGER-1). Postings hold the lock in share mode until they commit, and closing a day takes it alone: so a
-- posting is either committed before the day is closed, or sees here that it is.
CREATE OR REPLACE FUNCTION ledger_refuse_closed_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(20261201, 1);
    IF NEW.at < (SELECT max(ends_at) FROM ledger_closedday) THEN
        RAISE EXCEPTION 'posting % is stamped %, into a closed day', NEW.key, NEW.at USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER ledger_posting_refuse_closed_day BEFORE INSERT ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_closed_day();
