"""The checks of closed accounts: two people closed them, they held nothing and nothing was open, and nobody signs in (INTEGRITY-3, 7)."""

from invoices.selectors.integrity import ASKED
from kernel.integrity import fault_check
from ledger.selectors.integrity import ENTRIES_AT
from orders.selectors.lines import LINES

CHECKS = (
    fault_check(
        "closings.people",
        7,
        "closings_accountclosing",
        """
        c LEFT JOIN membership_reseller r ON r.id = c.reseller_id LEFT JOIN accounts_person p ON p.id = r.person_id
        LEFT JOIN brands_brand b ON b.id = c.brand_id
        CROSS JOIN LATERAL (SELECT count(*) AS active FROM brands_staff s JOIN accounts_person q ON q.id = s.person_id
            WHERE s.brand_id = c.brand_id AND (q.is_active OR q.closed_at IS NULL)) AS clerks
        """,
        """
        WHEN c.decided_by_id = c.requested_by_id THEN 'person ' || c.decided_by_id || ' asked for it and approved it'
        WHEN p.is_active THEN 'reseller ' || c.reseller_id || ' can still sign in'
        WHEN c.reseller_id IS NOT NULL AND p.closed_at IS NULL THEN 'reseller ' || c.reseller_id || ' can be reactivated'
        WHEN b.status <> 'closed' THEN 'brand ' || c.brand_id || ' is ' || b.status
        WHEN clerks.active > 0 THEN clerks.active || ' clerks of brand ' || c.brand_id || ' can still sign in'
        """,
        "c.state = 'closed'",
    ),
    fault_check(
        "closings.money",
        3,
        "closings_accountclosing",
        f"""
        c CROSS JOIN LATERAL (SELECT coalesce(sum(e.amount_fen), 0) AS fen FROM {ENTRIES_AT} e
            WHERE e.owner_id = coalesce(c.reseller_id, c.brand_id) AND e.at <= c.decided_at
              AND e.kind = ANY(CASE WHEN c.brand_id IS NULL THEN ARRAY['wallet', 'refund_in_transit']
                               ELSE ARRAY['deposit', 'brand_payable', 'brand_settled'] END)) AS held
        CROSS JOIN LATERAL (SELECT coalesce(-sum(e.amount_fen), 0) AS fen FROM {ENTRIES_AT} e
            WHERE e.owner_id = c.brand_id AND e.at <= c.decided_at AND e.kind = 'brand_debt') AS owed
        CROSS JOIN LATERAL (SELECT coalesce(-sum(e.amount_fen), 0) AS fen FROM {ENTRIES_AT} e
            WHERE e.owner_id = c.brand_id AND e.at > c.decided_at AND e.kind = 'brand_debt' AND e.amount_fen < 0) AS later
        """,  # noqa: S608 - composed of constants
        """
        WHEN held.fen <> 0 THEN 'it was closed, and its accounts held ' || held.fen || ' fen'
        WHEN owed.fen <> 0 THEN 'it was closed, and its brand owed ' || owed.fen || ' fen'
        WHEN later.fen <> 0 THEN 'it was closed, and its brand was given debts of ' || later.fen || ' fen after that'
        """,
        "c.state = 'closed'",
    ),
    fault_check(
        "closings.request",
        7,
        "closings_accountclosing",
        "c LEFT JOIN treasury_moneyrequest m ON m.id = c.request_id",
        """
        WHEN (m.id IS NULL) <> (c.paid_fen = 0) THEN 'it paid ' || c.paid_fen || ' fen, and its request is ' || coalesce(m.id::text, 'none')
        WHEN (m.reseller_id, m.brand_id) IS DISTINCT FROM (c.reseller_id, c.brand_id) AND m.id IS NOT NULL
            THEN 'request ' || m.id || ' is of another owner'
        WHEN m.amount_fen <> c.paid_fen OR m.entered_at <> c.decided_at
            THEN 'request ' || m.id || ' is about ' || m.amount_fen || ' fen of ' || m.entered_at || ', it paid ' || c.paid_fen
        WHEN m.kind <> CASE WHEN c.brand_id IS NULL THEN 'withdrawal' ELSE 'deposit_return' END
            THEN 'request ' || m.id || ' is a ' || m.kind
        """,
        "c.state = 'closed'",
    ),
    fault_check(
        "closings.open",
        3,
        "closings_accountclosing",
        f"""
        c CROSS JOIN LATERAL (SELECT count(*) AS lines FROM {LINES} l
            WHERE (l.reseller_id = c.reseller_id OR l.brand_id = c.brand_id) AND l.order_state = 'paid' AND l.unshipped_units > 0
              AND l.paid_at <= c.decided_at) AS open
        """,  # noqa: S608 - composed of constants
        "WHEN open.lines > 0 THEN 'it was closed, and ' || open.lines || ' paid order lines are not shipped'",
        "c.state = 'closed'",
    ),
    fault_check(
        "closings.invoices",
        3,
        "closings_accountclosing",
        f"""
        c CROSS JOIN LATERAL (SELECT string_agg(a.what, ', ' ORDER BY a.what) AS what FROM {ASKED} a
            WHERE (a.reseller_id = c.reseller_id OR a.brand_id = c.brand_id) AND a.until > c.decided_at
              AND (a.is_theirs OR a.since < c.decided_at)) AS open
        """,  # noqa: S608 - composed of constants
        "WHEN open.what IS NOT NULL THEN 'it was closed, and this was not done: ' || open.what",
        "c.state = 'closed'",
    ),
)

CHANGED_IDS: dict[str, str] = {}

TABLES_WITHOUT_DELETES = ("closings_accountclosing",)
