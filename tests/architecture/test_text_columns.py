"""PRIVACY-5: each column that can hold a text either is erased in time, or holds no contact of a recipient.

A new column fails until it stands in one of the two lists. What stands in the first is filled and erased in
`tests/aftersales/test_erasure.py`. Columns with choices hold a known word and are not asked about.
"""

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

ERASED = {
    "aftersales.Case": "evidence decision liability_reason",
    "aftersales.Enquiry": "brand_note",
    "aftersales.EnquiryMessage": "text",
    "aftersales.FaultReport": "text answer",
    "aftersales.Refund": "note",
    "aftersales.ShippingUpload": "filename questions result unknown_carriers",
    "forwarding.Wish": "name phone address note recipient_name recipient_phone recipient_address refusal",
    "orders.Consignment": "name phone address",
    "orders.Order": "refused_lines",
    "orders.OrderLine": "remark",
    "orders.OrderUpload": "filename questions faults warnings",
    "orders.OrderUploadLine": "name phone address remark fault reason repeats result",
    "orders.Recipient": "name phone address note tags sizes",
    "settlement.ComparisonDifference": "order_no goods sheet",
    "settlement.StatementComparison": "filename questions result",
    "tracking.TrackedWaybill": "phone_tail",
    "tracking.WaybillEvent": "text place",
}
"""Words of people about orders, contacts, and cells that are quoted from workbooks with contacts."""
NO_CONTACT = {
    "accounts.ApiToken": "label digest",
    "accounts.AttemptCount": "key",
    "accounts.AuditEntry": "role action subject_kind details request_id",  # PRIVACY-4
    "accounts.CodeDevice": "secret pending_secret",
    "accounts.CodeReset": "reason",  # of people who sign in
    "accounts.PasswordLink": "digest",
    "accounts.Person": "password login name deactivation_reason",  # those who sign in, not recipients
    "accounts.RecoveryCode": "digest",
    "aftersales.CarrierClaim": "carrier_name tracking_no reference",
    "aftersales.CarrierSpelling": "word",
    "aftersales.Case": "key return_address carrier tracking_no",  # the address is the brand's
    "aftersales.Decision": "key",
    "aftersales.Enquiry": "key",
    "aftersales.EnquiryMessage": "key",
    "aftersales.FaultReport": "source key network",
    "aftersales.Photo": "sha256",
    "aftersales.Refund": "key",
    "aftersales.ShippingLayoutAnswer": "fingerprint columns",
    "aftersales.ShippingUpload": "sha256 reason reason_zh reason_en",
    "aftersales.ShippingUploadJob": "stage",
    "analysis.RollupState": "database",
    "analysis.SaleDayRefund": "case_reason",
    "analysis.SaleGoods": "size",
    "analysis.Workbook": "sha256",
    # The bank says who transferred money to the platform: resellers and brands, not recipients.
    "bank_statements.BankStatementLine": (
        "account reference time counterparty counterparty_account remark sheet set_aside_reason"
    ),
    "bank_statements.BankStatementUpload": "account filename sha256 content faults gaps",
    "closings.AccountClosing": "reason key decision_reason",
    "bank_statements.TransferClaim": "payer last_digits receipt not_found_reason",
    "brands.Brand": "name contact return_address reason",  # the brand's own contact
    "events.Event": "kind subject_kind data",  # EVENT-3
    "events.ReadPosition": "snapshot",
    "flashsales.Draw": "commitment seed entries_digest",
    "flashsales.Reservation": "taken_by",
    "flashsales.Sale": "title terms listed_sizes listed_category_ids opening_delays",
    "flashsales.SaleJob": "filters filename sha256 reason reason_zh reason_en faults",  # about goods and a sale
    "flashsales.SaleFreightTerms": "surcharges no_delivery",  # provinces
    "flashsales.SavedFilter": "name name_key filters",  # what she looks for, for whomever
    "flashsales.StyleListing": "sizes",
    "flashsales.StyleSearch": "prices lowest_prices percents left_sizes left_units facets",
    "flashsales.StyleQuantityTerms": "terms",
    "flashsales.WaitingEntry": "source",
    "forwarding.Forward": "remark token selection",
    "forwarding.Pack": "key content files",  # what customers see of goods
    "forwarding.ViewCount": "channel",
    "forwarding.Visit": "visitor",
    "forwarding.Wish": "token key channel visitor network",
    "forwarding.WishLine": "shown_name shown_colour shown_size",
    "integrity.IntegrityRun": "violations database removals",
    "inventory.Category": "code name_zh name_en words",
    "inventory.LayoutAnswer": "fingerprint columns",
    "inventory.Movement": "cause",
    "forwarding.Share": "channel",
    "forwarding.ShareChannel": "code name",  # a group of customers, not one of them
    "forwarding.Storefront": "name notice category_order hidden_categories",  # what she tells all her customers
    "forwarding.SellerPicture": "sha256",
    "inventory.Picture": "sha256",
    "inventory.PictureArchive": "filename sha256 reason left_out",
    "inventory.PictureLink": "colour address sheet reason",
    "inventory.SizeChart": "rows",
    "inventory.Sku": "colour size barcode",
    "inventory.StockLedger": "kind cause",
    "inventory.Style": "style_no name season gender picture defects fabric origin selling_point",
    "inventory.StylePicture": "sha256 colour",
    # Workbooks of stock name goods, not recipients.
    "inventory.Upload": (
        "filename sha256 reason reason_zh reason_en questions ignored annotated_name annotated_sha256 annotation_failure"
    ),
    "inventory.UploadChange": "sheet col style_no colour size barcode old price_jump",
    "inventory.UploadFault": "sheet col header code value message_zh message_en hint_zh hint_en",
    "inventory.UploadJob": "stage",
    "inventory.StyleSizeChart": "rows",
    "inventory.UploadSizeChart": "style_no sheet rows old",
    "inventory.UploadStyle": (
        "sheet style_no name season gender picture defects fabric origin selling_point old pictures picture_links"
    ),
    # Whom an invoice is made out to: resellers, brands and their companies, not recipients.
    "invoices.InvoiceTitle": "name tax_number address phone bank account email",
    "invoices.InvoiceRequest": "name tax_number address phone bank account email key asked_for number link file reason",
    "invoices.InvoiceCorrection": "name tax_number address phone bank account email reason answer",
    "invoices.InvoiceExport": "sha256",
    "invoices.RedLetter": "number",
    "ledger.Posting": "key cause note",
    "ledger.KindDay": "kind",
    "membership.GrowthCause": "cause",
    "membership.GrowthEntry": "cause reason",
    "membership.InvitationCode": "code",
    "membership.Notice": "kind",
    # Of people who sign in, not of recipients; deleted with the account (NOTICE-9).
    "notices.Address": "value off_code code_digest",
    "notices.Notice": "subject_kind message_id why",
    "notices.OutboxReader": "database",
    "membership.TierTableVersion": "thresholds_milli keep_amounts_milli keep_bonuses_milli unpaid_limits_fen",
    "orders.Carrier": "code name name_en aliases kuaidi100_code kdniao_code number_patterns",
    "orders.GoodsAlias": "goods",
    "orders.Order": "key request_digest",
    "orders.OrderLayoutAnswer": "fingerprint columns",
    "orders.OrderLine": "labelling source province",
    "orders.OrderUpload": "sha256 reason reason_zh reason_en take",
    "orders.OrderUploadJob": "stage",
    "orders.ReceivedPayment": "reference",
    "orders.OrderUploadLine": "sheet order_ref style_no colour size barcode choices",
    "orders.Parcel": "carrier_name replaced_numbers tracking_no waybill",
    "pricing.PlatformTerms": "discounts ending",
    "pricing.PriceControl": "season",
    # A proof names who paid to the provider alone.
    "payments.Payment": "number key pay_address transaction_id proof reported_transaction_id reported_proof difference_reason ended_before",
    "payments.ProviderEvent": "event_id kind number content",
    "payments.ProviderBill": "digest failure",
    "payments.ProviderBillLine": "line_no number refund_number transaction_id what",
    "payments.ProviderRefund": "number cause reason provider_refund_id received_account refusal proof",
    "pricing.PriceList": "terms",
    "pricing.RuleDraft": "name",
    "rehearsals.Rehearsal": "step progress result failure failure_detail",  # of simulated buyers
    "settlement.BrandDebt": "reason owed_as paid_as",  # the reason as in treasury.MoneyRequest
    "settlement.ComparisonDifference": "cells listed stated differing",  # column letters and figures
    "settlement.FeeWaiver": "reason",  # about a contract, by ops and finance
    "settlement.ListLayoutAnswer": "fingerprint columns",
    "settlement.Statement": "payout_reference",
    "settlement.StatementComparison": "sha256 reason reason_zh reason_en",
    "settlement.StatementComparisonJob": "stage",
    "settlement.StatementDispute": "reason answer",  # about figures, by clerks and finance
    "tracking.TrackedWaybill": "company number status_code answer_code",
    "tracking.WaybillEvent": "code",
    "treasury.BankAccount": "holder number bank branch cnaps decision_reason",  # of resellers and brands
    "treasury.CloseDifference": "kind subject explanation",  # numbers of payments and refunds; written by finance
    "treasury.MoneyRequest": "reference booked_as reason decision_reason key evidence",
    "treasury.TransferBatch": "bank_reference sha256",
}
_TEXTS = (models.CharField, models.TextField, models.JSONField, ArrayField)


def columns_of(lists: dict[str, str]) -> set[str]:
    return {f"{model}.{name}" for model, names in lists.items() for name in names.split()}


def text_columns() -> set[str]:
    """The columns of our own tables that can hold any text."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if not model.__module__.startswith("django.")
        for field in model._meta.concrete_fields
        if isinstance(field, _TEXTS) and not field.choices and not field.remote_field
    }


def test_every_text_column_is_erased_or_holds_no_contact() -> None:
    erased, harmless = columns_of(ERASED), columns_of(NO_CONTACT)
    assert erased & harmless == set()
    assert sorted(text_columns() - erased - harmless) == [], "say whether a contact can stand there"
    assert sorted((erased | harmless) - text_columns()) == [], "no such column any more"
