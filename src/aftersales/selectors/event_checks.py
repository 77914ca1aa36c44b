"""Checks that shortages and cases have their events, and that events about cases and enquiries name what exists (EVENT-1, INTEGRITY-7)."""

from events.rules.kinds import EventKind, SubjectKind
from events.selectors import event_ids_sql, event_subject_check, missing_event_check
from orders.selectors.lines import LINES

EVENT_CHECKS = (
    missing_event_check(
        code="aftersales.short_event",
        table="aftersales_refund",
        kind=EventKind.LINE_SHORT,
        what="was given for units that are short",
        rows="""
            SELECT r.id, r.line_id, r.at FROM aftersales_refund r
            WHERE r.reason IN ('out_of_stock', 'resend_short') AND changed_refunds(r.id)
            """,
    ),
    missing_event_check(
        code="aftersales.opened_event",
        table="aftersales_case",
        kind=EventKind.CASE_OPENED,
        what="was opened",
        rows="SELECT k.id, k.id, k.requested_at FROM aftersales_case k WHERE changed_cases(k.id)",
    ),
    missing_event_check(
        code="aftersales.sent_back_event",
        table="aftersales_case",
        kind=EventKind.CASE_SENT_BACK,
        what="was sent back",
        rows="SELECT k.id, k.id, k.sent_back_at FROM aftersales_case k WHERE k.sent_back_at IS NOT NULL AND changed_cases(k.id)",
    ),
    missing_event_check(
        code="aftersales.refunded_event",
        table="aftersales_case",
        kind=EventKind.CASE_REFUNDED,
        what="was refunded",
        rows="SELECT k.id, k.id, k.ended_at FROM aftersales_case k WHERE k.state = 'refunded' AND changed_cases(k.id)",
    ),
    missing_event_check(
        code="aftersales.ended_event",
        table="aftersales_case",
        kind=EventKind.CASE_DECIDED,
        what="was rejected, resent or ran out",
        rows="""
            SELECT k.id, k.id, k.ended_at FROM aftersales_case k
            WHERE k.state IN ('rejected', 'resent', 'expired') AND changed_cases(k.id)
            """,
    ),
    missing_event_check(
        code="aftersales.resend_event",
        table="aftersales_resend",
        kind=EventKind.RESEND_TO_SHIP,
        what="is to be sent again",
        rows="""
            SELECT d.id, l.consignment_id, d.at FROM aftersales_resend d JOIN orders_orderline l ON l.id = d.line_id
            WHERE changed_cases(d.case_id)
            """,
    ),
    missing_event_check(
        code="aftersales.reported_event",
        table="aftersales_faultreport",
        kind=EventKind.FAULT_REPORTED,
        what="was reported",
        rows=f"""
            SELECT f.id, f.id, f.reported_at FROM aftersales_faultreport f JOIN {LINES} l ON l.id = f.line_id
            WHERE changed_orders(l.order_id)
            """,  # noqa: S608 - a constant
    ),
    event_subject_check(
        code="aftersales.event_subject",
        subjects={
            SubjectKind.CASE: "SELECT id, reseller_id, brand_id FROM aftersales_case",
            SubjectKind.FAULT_REPORT: "SELECT id, reseller_id, NULL::bigint FROM aftersales_faultreport",
            SubjectKind.ENQUIRY: "SELECT id, reseller_id, NULL::bigint FROM aftersales_enquiry",
            SubjectKind.SHIPPING_UPLOAD: "SELECT id, NULL::bigint, brand_id FROM aftersales_shippingupload",
        },
    ),
)

CHANGED_EVENTS = " UNION ".join(
    (
        event_ids_sql(SubjectKind.CASE, "SELECT k.id FROM changed_cases k"),
        event_ids_sql(
            SubjectKind.FAULT_REPORT,
            f"SELECT f.id FROM changed_orders o JOIN {LINES} l ON l.order_id = o.id"  # noqa: S608 - a constant
            " JOIN aftersales_faultreport f ON f.line_id = l.id",
        ),
        event_ids_sql(SubjectKind.ENQUIRY, "SELECT q.id FROM aftersales_enquiry q WHERE new(q)"),
        event_ids_sql(SubjectKind.SHIPPING_UPLOAD, "SELECT u.id FROM aftersales_shippingupload u WHERE new(u)"),
    )
)
"""The ids of the events about cases and enquiries that changed."""
