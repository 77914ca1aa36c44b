"""The statements of accounts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import sql
from db.together import Write

_COUNT_ATTEMPTS = """
WITH given AS (
    SELECT * FROM unnest(%(keys)s::text[], %(limits)s::int[], %(cutoffs)s::timestamptz[]) AS g (key, max_attempts, cutoff)
), used_up AS (
    SELECT FROM accounts_attemptcount c JOIN given g ON g.key = c.key
    WHERE c.since > g.cutoff AND c.attempts >= g.max_attempts
)
INSERT INTO accounts_attemptcount AS c (key, since, attempts)
SELECT g.key, %(now)s, 1 FROM given g WHERE NOT EXISTS (SELECT FROM used_up) ORDER BY g.key
ON CONFLICT (key) DO UPDATE SET
    since = CASE WHEN c.since > (SELECT g.cutoff FROM given g WHERE g.key = c.key) THEN c.since ELSE excluded.since END,
    attempts = CASE WHEN c.since > (SELECT g.cutoff FROM given g WHERE g.key = c.key) THEN c.attempts + 1 ELSE 1 END
WHERE c.since <= (SELECT g.cutoff FROM given g WHERE g.key = c.key)
   OR c.attempts < (SELECT g.max_attempts FROM given g WHERE g.key = c.key)
RETURNING c.key
"""


def count_attempts(
    *, keys: Sequence[str], limits: Sequence[int], cutoffs: Sequence[datetime], now: datetime
) -> set[str]:
    """Add one attempt to each counter, or to none where one has reached its limit since its cutoff; returns the keys that were counted.

    A concurrent attempt can reach a limit between the check and the update: then some keys are counted and others are not.
    """
    parameters = {"keys": list(keys), "limits": list(limits), "cutoffs": list(cutoffs), "now": now}
    return set(sql.column(_COUNT_ATTEMPTS, parameters))


def uncount_attempts(*, keys: Sequence[str]) -> None:
    """Take one attempt from each counter."""
    sql.execute(
        "UPDATE accounts_attemptcount SET attempts = attempts - 1 WHERE key = ANY(%(keys)s) AND attempts > 0",
        {"keys": sorted(keys)},
    )


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A valid token, and the person whose it is."""

    digest: str
    person_id: int
    role: str
    name: str


def find_tokens(digests: Sequence[str], *, at: datetime) -> list[TokenRow]:
    """The valid ones of these tokens, of people who are active."""
    return sql.fetch(
        TokenRow,
        """
        SELECT t.digest, p.id AS person_id, p.role, p.name FROM accounts_apitoken t JOIN accounts_person p ON p.id = t.person_id
        WHERE t.digest = ANY(%(digests)s::text[]) AND t.revoked_at IS NULL AND t.expires_at > %(at)s AND p.is_active
        """,
        {"digests": list(digests), "at": at},
        prepared=True,
    )


_INSERT_AUDIT_ENTRIES = """
INSERT INTO accounts_auditentry (at, person_id, role, action, subject_kind, subject_id, details, request_id)
SELECT %(audit_now)s, %(audit_person)s, %(audit_role)s, %(audit_action)s, %(audit_kind)s, e.subject_id, e.details, %(audit_request)s
FROM unnest(%(audit_subjects)s::bigint[], %(audit_details)s::jsonb[]) WITH ORDINALITY AS e(subject_id, details, place) ORDER BY e.place
"""


def audit_entries_write(
    *,
    person_id: int | None,
    role: str,
    action: str,
    subject_kind: str,
    request_id: str,
    details: Mapping[int, Mapping[str, Any]],
    now: datetime,
) -> Write:
    """The write of an entry for each subject of an action; `details` by the id of the subject."""
    return Write(
        f"audit_entries AS ({_INSERT_AUDIT_ENTRIES})",
        {
            "audit_now": now,
            "audit_person": person_id,
            "audit_role": role,
            "audit_action": action,
            "audit_kind": subject_kind,
            "audit_request": request_id,
            "audit_subjects": list(details),
            "audit_details": [json.dumps(each, ensure_ascii=False) for each in details.values()],
        },
    )
