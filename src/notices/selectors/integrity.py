"""The checks of notices (INTEGRITY-7): each has its event and concerns its person, and nothing was sent that she had switched off."""

from events.rules.kinds import SubjectKind
from events.selectors import event_subject_check
from kernel.integrity import Check, fault_check
from notices.rules import DEFAULT_MAX_PER_DAY, URGENT

_TOLERANCE = "1 minute"
"""Between the instant that a page took for a change and the one at which a worker read it."""
_DAY = "(n.claimed_at AT TIME ZONE 'Asia/Shanghai')::date"


def in_quiet_hours_sql(at: str, first: str, last: str) -> str:
    """Whether an instant lies in quiet hours, minutes of the day in China: `QuietHours.contains` for sets."""
    local = f"({at} AT TIME ZONE 'Asia/Shanghai')"
    minute = f"(extract(hour FROM {local})::int * 60 + extract(minute FROM {local})::int)"
    return f"(({minute} - {first} + 1440) %% 1440 < ({last} - {first} + 1440) %% 1440)"


CHECKS = (
    fault_check(
        "notices.event",
        7,
        "notices_notice",
        """n
        LEFT JOIN events_event e ON e.id = n.event_id
        LEFT JOIN accounts_person a ON a.id = n.person_id
        LEFT JOIN membership_reseller r ON r.person_id = n.person_id
        LEFT JOIN brands_staff s ON s.person_id = n.person_id
        LEFT JOIN accounts_auditentry x ON x.id = e.subject_id AND e.subject_kind = 'code_change'
        """,
        """
        WHEN e.id IS NULL THEN 'there is no event ' || n.event_id
        WHEN (e.subject_kind, e.subject_id, e.occurred_at) <> (n.subject_kind, n.subject_id, n.occurred_at)
            THEN 'it repeats another subject or time than its event ' || e.id
        WHEN NOT coalesce(CASE a.role
                 WHEN 'reseller' THEN e.for_every_reseller OR (e.for_reseller AND e.reseller_id = r.id)
                 WHEN 'brand' THEN e.for_brand AND e.brand_id = s.brand_id
                 ELSE e.for_platform END, false)
            THEN 'its event ' || e.id || ' does not concern person ' || n.person_id
        WHEN x.subject_id <> n.person_id THEN 'its event ' || e.id || ' is about the codes of person ' || x.subject_id
        WHEN EXISTS (SELECT FROM notices_notice o WHERE o.event_id = n.event_id AND o.person_id = n.person_id AND o.channel = n.channel
                     AND o.id <> n.id)
            THEN 'there is another one of its event, person and channel'
        """,
        "changed_notices(n.id)",
    ),
    fault_check(
        "notices.state",
        7,
        "notices_notice",
        "n LEFT JOIN notices_notice w ON w.id = n.sent_with_id",
        """
        WHEN (n.state IN ('waiting', 'sending')) <> (n.ended_at IS NULL)
            THEN 'it is ' || n.state || ' and ended at ' || coalesce(n.ended_at::text, 'no time')
        WHEN (n.state = 'sending') <> (n.lease_until IS NOT NULL) THEN 'it is ' || n.state || ' and its lease says otherwise'
        WHEN (n.attempts = 0) <> (n.claimed_at IS NULL) THEN 'it has ' || n.attempts || ' attempts and the time of another number'
        WHEN n.state IN ('sending', 'sent', 'failed', 'unknown') AND n.attempts = 0 THEN 'it is ' || n.state || ' without an attempt'
        WHEN n.claimed_at < n.due_at AND n.sent_with_id IS NULL THEN 'it was tried before it was due'
        WHEN (w.person_id, w.channel, w.topic) <> (n.person_id, n.channel, n.topic) OR w.sent_with_id IS NOT NULL
            THEN 'it went with notice ' || w.id || ', which is of another message'
        WHEN w.state <> n.state THEN 'it is ' || n.state || ' and went with notice ' || w.id || ', which is ' || w.state
        """,
        "changed_notices(n.id)",
    ),
    Check(
        "notices.wanted",
        7,
        "notices_notice",
        "{topic} by {channel} was sent at {claimed_at}, and person {person_id} did not want it then",
        """
        SELECT n.id, n.topic, n.channel, n.claimed_at, n.person_id FROM notices_notice n
        WHERE changed_notices(n.id) AND n.claimed_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM notices_preference p
            WHERE p.person_id = n.person_id AND p.topic = n.topic AND p.channel = n.channel
              AND p.on_at <= n.claimed_at + %(tolerance)s::interval
              AND (p.off_at IS NULL OR p.off_at >= n.claimed_at - %(tolerance)s::interval))
        """,
        {"tolerance": _TOLERANCE},
    ),
    Check(
        "notices.quiet_hours",
        7,
        "notices_notice",
        "it was sent at {claimed_at}, in the quiet hours of person {person_id}",
        f"""
        SELECT n.id, n.claimed_at, n.person_id FROM notices_notice n
        JOIN notices_deliverychoice c ON c.person_id = n.person_id
             AND c.from_at <= n.claimed_at - %(tolerance)s::interval
             AND (c.until_at IS NULL OR c.until_at > n.claimed_at + %(tolerance)s::interval)
        WHERE changed_notices(n.id) AND n.claimed_at IS NOT NULL AND c.quiet_from IS NOT NULL
          AND NOT (c.urgent_passes AND n.topic = ANY(%(urgent)s))
          AND {in_quiet_hours_sql("n.claimed_at", "c.quiet_from", "c.quiet_until")}
        """,  # noqa: S608 - composed of constants
        {"tolerance": _TOLERANCE, "urgent": [topic.value for topic in URGENT]},
    ),
    Check(
        "notices.daily_limit",
        7,
        "notices_notice",
        "it is one of {messages} messages by {channel} on {day} to person {person_id}, who takes {max_per_day}",
        f"""
        SELECT d.*, t.max_per_day FROM (
            SELECT max(n.id) AS id, n.person_id, n.channel, {_DAY} AS day, count(*) AS messages FROM notices_notice n
            WHERE n.sent_with_id IS NULL AND n.state IN ('sending', 'sent', 'unknown') AND n.claimed_at IS NOT NULL
              AND n.person_id IN (SELECT c.person_id FROM notices_notice c WHERE changed_notices(c.id))
            GROUP BY n.person_id, n.channel, {_DAY}) d
        CROSS JOIN LATERAL (
            SELECT coalesce(max(c.max_per_day), %(usual)s) AS max_per_day FROM notices_deliverychoice c
            WHERE c.person_id = d.person_id AND (c.from_at AT TIME ZONE 'Asia/Shanghai')::date <= d.day
              AND (c.until_at IS NULL OR (c.until_at AT TIME ZONE 'Asia/Shanghai')::date >= d.day)) t
        WHERE d.messages > t.max_per_day
        """,  # noqa: S608 - composed of constants
        {"usual": DEFAULT_MAX_PER_DAY},
    ),
    event_subject_check(
        code="notices.event_subject",
        subjects={
            SubjectKind.CODE_CHANGE: "SELECT id, NULL::bigint, NULL::bigint FROM accounts_auditentry WHERE subject_kind = 'person'"
        },
    ),
)

CHANGED_IDS = {
    "notices": """
        SELECT n.id FROM notices_notice n WHERE new(n)
        UNION SELECT n.id FROM notices_preference p JOIN notices_notice n ON n.person_id = p.person_id WHERE new(p)
        UNION SELECT n.id FROM notices_deliverychoice c JOIN notices_notice n ON n.person_id = c.person_id WHERE new(c)
        UNION SELECT n.id FROM changed_events e JOIN notices_notice n ON n.event_id = e.id
    """
}

TABLES_WITHOUT_DELETES: tuple[str, ...] = ()
"""Old notices are deleted."""
