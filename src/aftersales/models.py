from django.db import models
from django.db.models import F, Q

from aftersales.rules import (
    BEARERS,
    FAULT_REASONS,
    MAX_BRAND_NOTE,
    MAX_REPORT_ANSWER,
    MAX_REPORT_TEXT,
    OPEN_STATES,
    RESEND_BEARERS,
    CaseAction,
    CaseReason,
    CaseState,
    ClaimState,
    Disposition,
    EnquiryState,
    FaultReportState,
    Party,
    RefundReason,
    ShippingUploadState,
    SubstituteState,
)
from jobs.leases import ReadingJob

_STORED_SUBSTITUTE_STATES = (SubstituteState.OFFERED, SubstituteState.ACCEPTED, SubstituteState.DECLINED)


class Refund(models.Model):
    """A refund of an order line: why, by whom, the amount that the wallet received, and at whose cost.

    `units` is 0 where a part of the price was refunded and the customer keeps the goods. `payable_fen` and `claim_fen` are the parts
    that lowered the brand's payable and that a carrier owes; the rest lowered the platform's commission.
    """

    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="refunds")
    reason = models.CharField(max_length=20, choices=[(r.value, r.value) for r in RefundReason])
    note = models.CharField(max_length=300, blank=True)
    units = models.PositiveIntegerField()
    amount_fen = models.BigIntegerField()
    borne_by = models.CharField(
        max_length=10,
        choices=[(each.value, each.value) for each in BEARERS],
        default=Party.BRAND.value,
        db_default=Party.BRAND.value,
    )
    payable_fen = models.BigIntegerField(
        null=True, help_text="null in rows of version 0.2: the units times the brand's part of the line's price"
    )
    claim_fen = models.BigIntegerField(default=0, db_default=0)
    key = models.CharField(max_length=64, help_text="the client's idempotency key, or that of the case")
    at = models.DateTimeField()
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["line", "key"], name="refund_once_per_key"),
            models.CheckConstraint(
                condition=Q(units__gt=0, amount_fen__gte=0)
                | Q(units=0, amount_fen__gt=0, reason=RefundReason.ALLOWANCE.value),
                name="refund_units_or_allowance",
            ),
        )


class Exchange(models.Model):
    """An exchange 换码 of paid units for another colour or size: the refund of the old units, and the order of the new ones (ORDER-12)."""

    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, related_name="exchange")
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="exchange")


class CarrierClaim(models.Model):
    """What a carrier owes for a refund that it bears, and how the claim ended (AFTER-16)."""

    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, related_name="carrier_claim")
    state = models.CharField(max_length=10, choices=[(each.value, each.value) for each in ClaimState])
    amount_fen = models.BigIntegerField(help_text="of the refund, what the carrier bears")
    paid_fen = models.BigIntegerField(default=0)
    carrier_name = models.CharField(max_length=30, blank=True)
    tracking_no = models.CharField(max_length=40, blank=True, help_text="of the last parcel with units of the line")
    reference = models.CharField(
        max_length=80, blank=True, help_text="the carrier's number of the claim, or the bank's of its payment"
    )
    opened_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, paid_fen__gte=0, paid_fen__lte=F("amount_fen")),
                name="carrier_claim_paid_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(state=ClaimState.PAID.value, paid_fen__gt=0, ended_at__isnull=False)
                | Q(state=ClaimState.REJECTED.value, paid_fen=0, ended_at__isnull=False)
                | Q(state__in=[ClaimState.OPEN.value, ClaimState.CLAIMED.value], paid_fen=0, ended_at__isnull=True),
                name="carrier_claim_state_has_its_end",
            ),
        )
        indexes = (models.Index(fields=["state", "-id"], name="carrier_claims_by_state"),)


class Substitute(models.Model):
    """Another colour or size that a brand offered for units short (AFTER-17). It holds no units; accepted, it has an order of its own."""

    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, related_name="substitute")
    item = models.ForeignKey("flashsales.SaleItem", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in _STORED_SUBSTITUTE_STATES])
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    order = models.OneToOneField("orders.Order", null=True, on_delete=models.PROTECT, related_name="substitute")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state=SubstituteState.OFFERED.value, answered_at__isnull=True, order__isnull=True)
                | Q(state=SubstituteState.ACCEPTED.value, answered_at__isnull=False, order__isnull=False)
                | Q(state=SubstituteState.DECLINED.value, answered_at__isnull=False, order__isnull=True),
                name="substitute_state_has_its_columns",
            ),
        )


class Case(models.Model):
    """A request to return units of a shipped order line 售后单, and its state (AFTER-5). A periodic job reads the open rows."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="cases")
    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="cases")
    key = models.CharField(max_length=64, help_text="the client's idempotency key")
    units = models.PositiveIntegerField()
    reason = models.CharField(max_length=20, choices=[(r.value, r.value) for r in CaseReason])
    evidence = models.CharField(max_length=1000, blank=True)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in CaseState])
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="the deadline of the next step; null once the case has ended")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(
        max_length=300, blank=True, help_text="why it was rejected, or a note with the approval"
    )
    fault = models.CharField(
        max_length=10, blank=True, default="", db_default="", choices=[(each.value, each.value) for each in Party]
    )
    borne_by = models.CharField(
        max_length=10, blank=True, default="", db_default="", choices=[(each.value, each.value) for each in BEARERS]
    )
    liability_reason = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="why fault or bearer are not the usual ones"
    )
    disposition = models.CharField(
        max_length=10,
        blank=True,
        default="",
        db_default="",
        choices=[(each.value, each.value) for each in Disposition],
        help_text="where the goods are that came back",
    )
    return_address = models.CharField(max_length=200, blank=True, help_text="where the goods are to be sent")
    carrier = models.CharField(max_length=30, blank=True)
    tracking_no = models.CharField(max_length=40, blank=True)
    sent_back_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True, help_text="when its evidence was erased (PRIVACY-5)")
    refund = models.OneToOneField(Refund, null=True, on_delete=models.PROTECT, related_name="case")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reseller", "key"], name="case_once_per_key"),
            models.CheckConstraint(condition=Q(units__gt=0), name="case_units_positive"),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in OPEN_STATES], ended_at__isnull=True, due_at__isnull=False)
                | Q(
                    state__in=[s.value for s in CaseState if s not in OPEN_STATES],
                    ended_at__isnull=False,
                    due_at__isnull=True,
                ),
                name="case_ended_has_no_deadline",
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.REFUNDED.value, refund__isnull=False)
                | (~Q(state=CaseState.REFUNDED.value) & Q(refund__isnull=True)),
                name="case_refunded_has_refund",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(evidence="", ended_at__isnull=False),
                name="case_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(fields=["due_at", "id"], name="cases_open", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["state", "-id"], name="cases_by_state"),
            models.Index(fields=["reseller", "-id"], name="cases_of_reseller"),
            models.Index(fields=["brand", "-id"], name="cases_of_brand"),
        )


class Resend(models.Model):
    """Units of a case that the brand sends again 补发 (AFTER-18). A line has one resend at a time; how much of it is left stands there.

    `payable_fen` is what the platform paid the brand for the units; `taken_units` of them were taken out of the sale item `item`, the
    others from free stock. `refund`: of what the brand did not have in the end.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="resend")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="resends")
    units = models.PositiveIntegerField()
    borne_by = models.CharField(max_length=10, choices=[(each.value, each.value) for each in RESEND_BEARERS])
    payable_fen = models.BigIntegerField()
    item = models.ForeignKey(
        "flashsales.SaleItem", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    taken_units = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    refund = models.OneToOneField(Refund, null=True, on_delete=models.PROTECT, related_name="resend")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(units__gt=0, taken_units__lte=F("units")), name="resend_units_sound"),
            models.CheckConstraint(
                condition=Q(borne_by=Party.PLATFORM.value, payable_fen__gte=0) | Q(payable_fen=0),
                name="resend_paid_by_platform",
            ),
            models.CheckConstraint(
                condition=Q(taken_units=0, item__isnull=True) | Q(taken_units__gt=0, item__isnull=False),
                name="resend_taken_from_item",
            ),
        )

    @property
    def goods(self) -> str:
        sku = self.line.sku
        return " ".join(part for part in (sku.style.style_no, sku.colour, sku.size) if part)


class Decision(models.Model):
    """What ops decided about a case with one request: the same key decides a case once, alone or among many (AFTER-12)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    key = models.CharField(max_length=64, help_text="the client's idempotency key")
    action = models.CharField(max_length=20, choices=[(each.value, each.value) for each in CaseAction])
    amount_fen = models.BigIntegerField(null=True, help_text="what was to be refunded; null where nothing was chosen")
    at = models.DateTimeField()
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "key"], name="decision_once_per_key"),)


class Photo(models.Model):
    """A photo that somebody sent with a case or a message (AFTER-13). Its files lie in the store under its hash, without metadata.

    `person` of a photo from a customer is the reseller whom she sent it. A photo that nothing names after a day, and one whose cases
    ended long ago, is erased: the files go, the row stays.
    """

    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64, help_text="of its largest size")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField(help_text="of what was sent")
    is_from_customer = models.BooleanField(
        default=False, db_default=False, help_text="it came with a report of a fault"
    )
    stored_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["person", "stored_at"], name="photos_of_person"),
            models.Index(fields=["sha256"], name="photos_by_hash", condition=Q(erased_at__isnull=True)),
            models.Index(fields=["stored_at"], name="photos_to_erase", condition=Q(erased_at__isnull=True)),
        )


class CasePhoto(models.Model):
    """A photo of a case; one photo may show what is wrong in several cases of an order."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_photos")
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="case_photos")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "photo"], name="case_photo_once"),)


class FaultReport(models.Model):
    """What a customer reports to her reseller about units of a shipped line, from the private page of her wish (AFTER-19).

    `source` names the page, as `OrderLine.source` does. The words, the answer and the photos go when the page ends.
    """

    reseller = models.ForeignKey(
        "membership.Reseller", on_delete=models.PROTECT, related_name="fault_reports", db_index=False
    )
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="fault_reports")
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=64, help_text="of the form that was sent; makes at most one report of its page")
    units = models.PositiveIntegerField()
    reason = models.CharField(max_length=20, choices=[(each.value, each.value) for each in FAULT_REASONS])
    text = models.CharField(max_length=MAX_REPORT_TEXT, blank=True)
    may_reuse = models.BooleanField(help_text="she allows that her photos are shown to others, without her name")
    network = models.CharField(
        max_length=32, blank=True, help_text="a keyed hash of the network, for a coarse rate limit; changes every day"
    )
    state = models.CharField(
        max_length=10,
        choices=[(each.value, each.value) for each in FaultReportState],
        default=FaultReportState.OPEN.value,
    )
    reported_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=MAX_REPORT_ANSWER, blank=True, help_text="what the reseller wrote to her")
    case = models.OneToOneField(Case, null=True, on_delete=models.PROTECT, related_name="fault_report")
    erased_at = models.DateTimeField(null=True, help_text="when words, answer, consent and hash were erased")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "key"], name="fault_report_once_per_key"),
            models.UniqueConstraint(
                fields=["line", "source"], name="fault_report_open_once", condition=Q(state=FaultReportState.OPEN.value)
            ),
            models.CheckConstraint(condition=Q(units__gt=0), name="fault_report_units_positive"),
            models.CheckConstraint(
                condition=Q(state=FaultReportState.OPEN.value, ended_at__isnull=True, case__isnull=True)
                | Q(state=FaultReportState.CASE.value, ended_at__isnull=False, case__isnull=False)
                | Q(
                    state__in=[
                        FaultReportState.ANSWERED.value,
                        FaultReportState.WITHDRAWN.value,
                        FaultReportState.EXPIRED.value,
                    ],
                    ended_at__isnull=False,
                    case__isnull=True,
                ),
                name="fault_report_state_has_its_columns",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(text="", answer="", network="", may_reuse=False, ended_at__isnull=False),
                name="fault_report_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(fields=["reseller", "-id"], name="fault_reports_of_reseller"),
            models.Index(
                fields=["reseller"], name="fault_reports_open", condition=Q(state=FaultReportState.OPEN.value)
            ),
            models.Index(fields=["network", "reported_at"], name="fault_reports_of_network", condition=~Q(network="")),
            models.Index(fields=["reseller", "line"], name="fault_reports_lent", condition=Q(may_reuse=True)),
        )


class FaultReportPhoto(models.Model):
    """A photo of a report of a fault. While it is lent, its reseller may show it with the style (AFTER-21).

    `has_logo` is what ops say of a photo that is shown: null while nobody has looked.
    """

    report = models.ForeignKey(FaultReport, on_delete=models.PROTECT, related_name="report_photos", db_index=False)
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="report_photos")
    has_logo = models.BooleanField(null=True)
    is_shown = models.BooleanField(default=False, db_default=False, help_text="its reseller shows it with the style")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["report", "photo"], name="fault_report_photo_once"),)


class Enquiry(models.Model):
    """A thread 客服 of a reseller with the platform: about an order, about a style, or about nothing in particular (AFTER-14)."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="enquiries")
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.PROTECT, related_name="+")
    style = models.ForeignKey("inventory.Style", null=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, help_text="the client's idempotency key")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in EnquiryState])
    opened_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="until when ops are to answer; null while nothing is asked")
    closed_at = models.DateTimeField(null=True)
    read_message_id = models.BigIntegerField(default=0, help_text="the last message that the reseller has seen")
    brand = models.ForeignKey(
        "brands.Brand",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="that ops asked to answer (AFTER-15)",
    )
    brand_note = models.CharField(
        max_length=MAX_BRAND_NOTE, blank=True, default="", db_default="", help_text="what ops ask the brand"
    )
    passed_at = models.DateTimeField(null=True, help_text="when it was passed to the brand")
    brand_due_at = models.DateTimeField(
        null=True, help_text="until when the brand is to answer; null while it is not asked"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reseller", "key"], name="enquiry_once_per_key"),
            models.CheckConstraint(
                condition=Q(order__isnull=True) | Q(style__isnull=True), name="enquiry_has_one_subject"
            ),
            models.CheckConstraint(
                condition=Q(state=EnquiryState.OPEN.value, due_at__isnull=False, closed_at__isnull=True)
                | Q(state=EnquiryState.ANSWERED.value, due_at__isnull=True, closed_at__isnull=True)
                | Q(state=EnquiryState.CLOSED.value, due_at__isnull=True, closed_at__isnull=False),
                name="enquiry_state_has_its_times",
            ),
        )
        indexes = (
            models.Index(fields=["due_at", "id"], name="enquiries_open", condition=Q(state="open")),
            models.Index(fields=["reseller", "-id"], name="enquiries_of_reseller"),
            models.Index(fields=["state", "last_message_at"], name="enquiries_by_state"),
            models.Index(fields=["brand", "-id"], name="enquiries_of_brand", condition=Q(brand__isnull=False)),
        )


class EnquiryMessage(models.Model):
    """What one side wrote. The words are erased in time; who wrote when stays."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="messages")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    is_from_reseller = models.BooleanField()
    brand = models.ForeignKey(
        "brands.Brand",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="whose clerk wrote it; null where the reseller or the platform did",
    )
    text = models.CharField(max_length=1000, blank=True)
    key = models.CharField(max_length=64, help_text="the client's idempotency key")
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enquiry", "key"], name="enquiry_message_once_per_key"),)
        indexes = (models.Index(fields=["person", "at"], name="enquiry_messages_of_person"),)


class MessagePhoto(models.Model):
    """A photo of a message."""

    message = models.ForeignKey(EnquiryMessage, on_delete=models.PROTECT, related_name="message_photos")
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="message_photos")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["message", "photo"], name="message_photo_once"),)


class ShippingUpload(models.Model):
    """A workbook with tracking numbers of a brand and what became of it (ORDER-13). How far its reading is stands in its job.

    The workbook holds contacts. It lies in the store by its hash until `erased_at`; the texts that quote its cells go with it.
    """

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in ShippingUploadState],
        default=ShippingUploadState.RECEIVED.value,
    )
    reason = models.CharField(max_length=60, blank=True)
    reason_zh = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    questions = models.JSONField(default=list)
    result = models.JSONField(null=True, help_text="ShippingResult, of each list the first thousand")
    fault_count = models.PositiveIntegerField(default=0)
    unknown_carriers = models.JSONField(default=list, help_text="words of the sheet that name no known carrier")
    ended_at = models.DateTimeField(null=True, help_text="when it was done, cancelled or refused")
    erased_at = models.DateTimeField(null=True, help_text="when the file and the quoted cells were deleted")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ShippingUploadState]), name="shipping_upload_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=ShippingUploadState.DONE.value) | Q(result__isnull=False, ended_at__isnull=False),
                name="shipping_upload_done_has_result",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(ended_at__isnull=False, questions=[], unknown_carriers=[]),
                name="shipping_upload_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(fields=["brand", "-id"], name="shipping_uploads_of_brand"),
            models.Index(fields=["sha256"], name="shipping_uploads_by_hash"),
            models.Index(fields=["received_at"], name="shipping_uploads_to_erase", condition=Q(erased_at__isnull=True)),
        )


class ShippingUploadJob(ReadingJob):
    """The reading of a workbook with tracking numbers."""

    upload = models.OneToOneField(ShippingUpload, on_delete=models.CASCADE, primary_key=True, related_name="job")


class ShippingLayoutAnswer(models.Model):
    """Which column means what in a layout that a brand was once asked about, remembered for its next workbook (ORDER-13)."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.CharField(max_length=64)
    columns = models.JSONField(default=dict, help_text="column letters, or a text for all lines → field")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["brand", "fingerprint"], name="shipping_layout_answered_once"),)


class CarrierSpelling(models.Model):
    """Which carrier a brand means by a word that the table of carriers does not have (ORDER-13)."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.CASCADE, related_name="+", db_index=False)
    word = models.CharField(max_length=80, help_text="as `orders.rules.parcels.carrier_key` folds it")
    carrier = models.ForeignKey("orders.Carrier", on_delete=models.CASCADE, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["brand", "word"], name="carrier_spelling_once"),)
