"""The kinds of events and whom each is told (EVENT-1 to EVENT-4, see docs/rules/events.md)."""

import enum
import string
from dataclasses import dataclass


class Face(enum.StrEnum):
    """Whose inbox it is: that of a reseller, of a brand (all its clerks share it), or of the platform (ops and finance)."""

    SHOP = "shop"
    PORTAL = "portal"
    CONSOLE = "console"


class SubjectKind(enum.StrEnum):
    """What an event is about. Pages link it by its kind and id."""

    ORDER = "order"
    ORDER_LINE = "order_line"
    CONSIGNMENT = "consignment"
    CASE = "case"
    FAULT_REPORT = "fault_report"
    WISH = "wish"
    ENQUIRY = "enquiry"
    SALE = "sale"
    SALE_REMINDER = "sale_reminder"
    WAITING_ENTRY = "waiting_entry"
    DRAW_ENTRY = "draw_entry"
    STATEMENT = "statement"
    UPLOAD = "upload"
    ORDER_UPLOAD = "order_upload"
    SHIPPING_UPLOAD = "shipping_upload"
    STATEMENT_LIST = "statement_list"
    RESELLER = "reseller"
    MONEY_REQUEST = "money_request"
    BANK_ACCOUNT = "bank_account"
    PROVIDER_PAYMENT = "provider_payment"
    TRANSFER_CLAIM = "transfer_claim"
    INVOICE = "invoice"
    INVOICE_EXPORT = "invoice_export"
    CODE_CHANGE = "code_change"


class EventKind(enum.StrEnum):
    ORDER_PAID = "order_paid"
    ORDER_EXPIRED = "order_expired"
    LATE_PAYMENT_REFUNDED = "late_payment_refunded"
    LATE_PAYMENT_TO_SOURCE = "late_payment_to_source"
    SOURCE_REFUND_STARTED = "source_refund_started"
    SOURCE_REFUND_PAID_OUT = "source_refund_paid_out"
    SOURCE_REFUND_FAILED = "source_refund_failed"
    SOURCE_REFUND_ABNORMAL = "source_refund_abnormal"
    CONSIGNMENT_TO_SHIP = "consignment_to_ship"
    RESEND_TO_SHIP = "resend_to_ship"
    CONSIGNMENT_SHIPPED = "consignment_shipped"
    PARCEL_SIGNED = "parcel_signed"
    PARCEL_PROBLEM = "parcel_problem"
    LINE_SHORT = "line_short"
    SUBSTITUTE_OFFERED = "substitute_offered"
    SUBSTITUTE_ACCEPTED = "substitute_accepted"
    SUBSTITUTE_DECLINED = "substitute_declined"
    CASE_OPENED = "case_opened"
    CASE_DECIDED = "case_decided"
    CASE_SENT_BACK = "case_sent_back"
    CASE_REFUNDED = "case_refunded"
    FAULT_REPORTED = "fault_reported"
    ENQUIRY_OPENED = "enquiry_opened"
    ENQUIRY_ANSWERED = "enquiry_answered"
    ENQUIRY_PASSED = "enquiry_passed"
    ENQUIRY_ANSWERED_BY_BRAND = "enquiry_answered_by_brand"
    WISH_CREATED = "wish_created"
    WISH_ADDRESS_CHANGED = "wish_address_changed"
    CUSTOMER_WAITS = "customer_waits"
    CUSTOMERS_SIZE_IS_BACK = "customers_size_is_back"
    SALE_OPENED = "sale_opened"
    SALE_OPENED_FOR_TIER = "sale_opened_for_tier"
    SALE_OPENS_SOON = "sale_opens_soon"
    WAITED_FOR_IS_BACK = "waited_for_is_back"
    DRAW_WON = "draw_won"
    DRAW_NOT_WON = "draw_not_won"
    DRAW_PASSED_OVER = "draw_passed_over"
    DRAW_CALLED_OFF = "draw_called_off"
    RESERVATION_ENDED = "reservation_ended"
    WON_UNITS_ENDED = "won_units_ended"
    PAYMENT_DUE_SOON = "payment_due_soon"
    SHIPPING_DUE_SOON = "shipping_due_soon"
    LEVEL_ABOUT_TO_FALL = "level_about_to_fall"
    STATEMENT_READY = "statement_ready"
    STATEMENT_SENT = "statement_sent"
    STATEMENT_CONFIRMED = "statement_confirmed"
    STATEMENT_DISPUTED = "statement_disputed"
    STATEMENT_ANSWERED = "statement_answered"
    TOP_UP_BOOKED = "top_up_booked"
    TOP_UP_REVERSED = "top_up_reversed"
    DEPOSIT_BOOKED = "deposit_booked"
    DEPOSIT_REVERSED = "deposit_reversed"
    WITHDRAWAL_REQUESTED = "withdrawal_requested"
    WITHDRAWAL_REFUSED = "withdrawal_refused"
    WITHDRAWAL_BLOCKED = "withdrawal_blocked"
    WITHDRAWAL_PAID = "withdrawal_paid"
    WITHDRAWAL_RETURNED = "withdrawal_returned"
    BRAND_TRANSFER_PAID = "brand_transfer_paid"
    BRAND_TRANSFER_RETURNED = "brand_transfer_returned"
    WALLET_CREDITED = "wallet_credited"
    WALLET_DEBITED = "wallet_debited"
    REFUNDED_LATE = "refunded_late"
    COMPENSATED = "compensated"
    DEPOSIT_DEDUCTED = "deposit_deducted"
    BANK_ACCOUNT_ENTERED = "bank_account_entered"
    BANK_ACCOUNT_APPROVED = "bank_account_approved"
    BANK_ACCOUNT_REFUSED = "bank_account_refused"
    BRAND_ACCOUNT_ENTERED = "brand_account_entered"
    BRAND_ACCOUNT_APPROVED = "brand_account_approved"
    BRAND_ACCOUNT_REFUSED = "brand_account_refused"
    TRANSFER_NOT_FOUND = "transfer_not_found"
    INVOICE_ISSUED = "invoice_issued"
    INVOICE_REFUSED = "invoice_refused"
    BRAND_INVOICE_ISSUED = "brand_invoice_issued"
    BRAND_INVOICE_REFUSED = "brand_invoice_refused"
    INVOICES_TO_ISSUE = "invoices_to_issue"
    RED_LETTER_NEEDED = "red_letter_needed"
    PLATFORM_RED_LETTER_NEEDED = "platform_red_letter_needed"
    INVOICE_CORRECTION_ASKED = "invoice_correction_asked"
    PLATFORM_INVOICE_CORRECTION_ASKED = "platform_invoice_correction_asked"
    INVOICE_NOT_CORRECTED = "invoice_not_corrected"
    BRAND_INVOICE_NOT_CORRECTED = "brand_invoice_not_corrected"
    INVOICE_REOPENED = "invoice_reopened"
    BRAND_INVOICE_REOPENED = "brand_invoice_reopened"
    CODES_RESET = "codes_reset"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    CODE_DEVICE_REPLACED = "code_device_replaced"
    UPLOAD_READY = "upload_ready"
    ORDER_UPLOAD_READY = "order_upload_ready"
    SHIPPING_UPLOAD_READY = "shipping_upload_ready"
    STATEMENT_LIST_READY = "statement_list_ready"


@dataclass(frozen=True, slots=True)
class KindTerms:
    """What is said of a kind of event, and to whom.

    `zh` and `en` are sentences with the names of the event's data in braces; data that no sentence names may be there too, e.g.
    `order_id` for a link. `faces` are told; with `is_for_every_reseller` the shop's inboxes are those of all resellers.
    """

    subject: SubjectKind
    faces: frozenset[Face]
    zh: str
    en: str
    is_for_every_reseller: bool = False

    @property
    def named_data(self) -> frozenset[str]:
        """The names of the data without which the sentences cannot be said."""
        parsed = [*string.Formatter().parse(self.zh), *string.Formatter().parse(self.en)]
        return frozenset(name for _, name, _, _ in parsed if name)


def terms(subject: SubjectKind, faces: str, zh: str, en: str) -> KindTerms:
    """The terms of a kind; `faces` are names of faces with spaces between."""
    return KindTerms(subject, frozenset(Face(face) for face in faces.split()), zh, en)
