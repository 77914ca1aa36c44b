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

-- Locks a member before it reads what her growth is made of: a statement that waits for a lock reads the rest as it was before.
-- Months are those of the longest window that a tier table may have; a roll-over that has reached her counts, as on her own row.
CREATE OR REPLACE FUNCTION membership_lock_growth(member bigint) RETURNS TABLE (
    tier smallint, settled_tier smallint, rolled_over_through date, growth_milli bigint, pending_milli bigint, last_entry_at timestamptz,
    invited_by_id bigint, reward_state smallint, months jsonb, tables jsonb
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM membership_reseller r WHERE r.id = member FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT r.tier, r.settled_tier,
           greatest(r.rolled_over_through,
                    (SELECT max(o.month) FROM membership_monthrollover o WHERE o.done_through_id >= r.id)),
           r.growth_milli, r.pending_milli, r.last_entry_at, r.invited_by_id,
           (SELECT w.state FROM membership_invitationreward w WHERE w.invitee_id = r.id),
           (SELECT jsonb_agg(jsonb_build_array(m.month, m.new_milli + m.bonus_milli, m.pending_milli))
            FROM membership_growthmonth m
            WHERE m.reseller_id = r.id AND m.month > r.rolled_over_through - interval '25 months'),
           (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.from_month) FROM membership_tiertableversion t)
    FROM membership_reseller r WHERE r.id = member;
END $$;
