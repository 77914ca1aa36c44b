from django.db import models
from django.db.models import F, Q

from invoices.rules.states import (
    LIVE,
    MAX_KEY,
    MAX_LINK,
    MAX_NUMBER,
    MAX_REASON,
    FileKind,
    InvoiceKind,
    InvoiceState,
    Issuer,
)
from invoices.rules.titles import (
    MAX_ACCOUNT,
    MAX_ADDRESS,
    MAX_BANK,
    MAX_EMAIL,
    MAX_NAME,
    MAX_PHONE,
    TAX_NUMBER_LENGTH,
    TitleKind,
)

_ONE_OWNER = Q(reseller__isnull=False, brand__isnull=True) | Q(reseller__isnull=True, brand__isnull=False)


class TitleColumns(models.Model):
    """The fields of a title, as they are kept and as a request copies them."""

    kind = models.CharField(max_length=7, choices=[(each.value, each.value) for each in TitleKind])
    name = models.CharField(max_length=MAX_NAME)
    tax_number = models.CharField(max_length=TAX_NUMBER_LENGTH, blank=True)
    address = models.CharField(max_length=MAX_ADDRESS, blank=True)
    phone = models.CharField(max_length=MAX_PHONE, blank=True)
    bank = models.CharField(max_length=MAX_BANK, blank=True)
    account = models.CharField(max_length=MAX_ACCOUNT, blank=True)
    email = models.CharField(max_length=MAX_EMAIL, blank=True, help_text="where an electronic invoice is sent")
    is_special = models.BooleanField(help_text="a special invoice 专票")

    class Meta:
        abstract = True


class InvoiceTitle(TitleColumns):
    """A saved title 抬头 of a reseller or brand. A request copies it, so that a later change does not reach it."""

    reseller = models.ForeignKey("membership.Reseller", null=True, on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey("brands.Brand", null=True, on_delete=models.PROTECT, related_name="+")
    is_default = models.BooleanField(help_text="she chose it herself")
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=_ONE_OWNER, name="invoice_title_has_one_owner"),
            models.CheckConstraint(
                condition=Q(kind=TitleKind.PERSON.value, tax_number="", is_special=False)
                | Q(kind=TitleKind.COMPANY.value) & ~Q(tax_number=""),
                name="invoice_title_kind_sound",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(removed_at__isnull=True), name="invoice_title_removed_no_default"
            ),
            *(
                models.UniqueConstraint(
                    fields=[owner], condition=Q(is_default=True), name=f"invoice_title_one_default_{owner}"
                )
                for owner in ("reseller", "brand")
            ),
        )


class IssuerTerms(models.Model):
    """Who issues invoices for the goods of a brand, from when it was entered; without any it is the brand (INVOICE-3)."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+")
    issuer = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Issuer])
    entered_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()


class InvoiceExport(models.Model):
    """A file with requests for one issuer, made once; every download gives the same bytes (INVOICE-5)."""

    issuer_brand = models.ForeignKey(
        "brands.Brand", null=True, on_delete=models.PROTECT, related_name="+", help_text="null: the platform issues"
    )
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    request_count = models.PositiveIntegerField()
    amount_fen = models.BigIntegerField()
    created_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(request_count__gt=0, amount_fen__gt=0), name="invoice_export_not_empty"),
        )


class InvoiceRequest(TitleColumns):
    """A request for an invoice to one title, by one issuer (INVOICE-4). The amount is the sum of its items."""

    what = models.CharField(max_length=5, choices=[(each.value, each.value) for each in InvoiceKind])
    reseller = models.ForeignKey("membership.Reseller", null=True, on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey("brands.Brand", null=True, on_delete=models.PROTECT, related_name="+")
    issuer_brand = models.ForeignKey(
        "brands.Brand", null=True, on_delete=models.PROTECT, related_name="+", help_text="null: the platform issues"
    )
    state = models.CharField(max_length=9, choices=[(each.value, each.value) for each in InvoiceState])
    amount_fen = models.BigIntegerField(help_text="what the items add up to; at the export they are counted anew")
    tax_rate = models.DecimalField(max_digits=4, decimal_places=3)
    key = models.CharField(max_length=MAX_KEY)
    asked_for = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="digest of title and choice; none of earlier rows",
    )
    requested_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    export = models.ForeignKey(InvoiceExport, null=True, on_delete=models.PROTECT, related_name="requests")
    exported_at = models.DateTimeField(null=True)
    number = models.CharField(max_length=MAX_NUMBER, blank=True)
    issued_on = models.DateField(null=True)
    issued_at = models.DateTimeField(null=True, help_text="when the number was entered")
    link = models.CharField(max_length=MAX_LINK, blank=True)
    file = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file; empty for none")
    file_kind = models.CharField(max_length=3, blank=True, choices=[(each.value, each.value) for each in FileKind])
    ended_at = models.DateTimeField(null=True, help_text="refused, withdrawn or reversed")
    reason = models.CharField(max_length=MAX_REASON, blank=True, help_text="why it was refused")
    acted_by = models.ForeignKey(
        "accounts.Person",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="who issued, refused, withdrew or reversed it",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=_ONE_OWNER, name="invoice_request_has_one_owner"),
            models.CheckConstraint(
                condition=Q(what=InvoiceKind.GOODS.value, reseller__isnull=False)
                | Q(what=InvoiceKind.FEES.value, brand__isnull=False, issuer_brand__isnull=True),
                name="invoice_request_what_sound",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0)
                | Q(amount_fen=0, state__in=[InvoiceState.REFUSED.value, InvoiceState.WITHDRAWN.value]),
                name="invoice_request_amount_positive",
            ),
            models.CheckConstraint(
                condition=Q(state=InvoiceState.REQUESTED.value, export__isnull=True, issued_at=None, ended_at=None)
                | Q(state=InvoiceState.EXPORTED.value, export__isnull=False, issued_at=None, ended_at=None)
                | Q(state=InvoiceState.ISSUED.value, export__isnull=False, issued_at__isnull=False, ended_at=None)
                | Q(state=InvoiceState.WITHDRAWN.value, export__isnull=True, issued_at=None, ended_at__isnull=False)
                | Q(state=InvoiceState.REFUSED.value, issued_at=None, ended_at__isnull=False) & ~Q(reason="")
                | Q(state=InvoiceState.REVERSED.value, issued_at__isnull=False, ended_at__isnull=False),
                name="invoice_request_state_sound",
            ),
            models.CheckConstraint(
                condition=Q(export__isnull=True, exported_at=None) | Q(export__isnull=False, exported_at__isnull=False),
                name="invoice_request_exported_at",
            ),
            models.CheckConstraint(
                condition=Q(issued_at=None, number="", issued_on=None, file="", link="")
                | Q(issued_at__isnull=False, issued_on__isnull=False) & ~Q(number=""),
                name="invoice_request_issued_has_number",
            ),
            models.UniqueConstraint(
                fields=["requested_by", "key", "issuer_brand"],
                nulls_distinct=False,
                name="invoice_request_once_per_key",
            ),
            models.UniqueConstraint(
                fields=["number", "issuer_brand"],
                condition=Q(state=InvoiceState.ISSUED.value),
                nulls_distinct=False,
                name="invoice_number_once",
            ),
        )
        indexes = (
            models.Index(fields=["state", "-id"], name="invoice_requests_by_state"),
            models.Index(fields=["reseller", "-id"], name="invoice_requests_of_reseller"),
            models.Index(fields=["brand", "-id"], name="invoice_requests_of_brand"),
        )

    @property
    def is_live(self) -> bool:
        return self.state in {each.value for each in LIVE}


class InvoiceItem(models.Model):
    """The money of an order line or of a statement in a request. It belongs to at most one request that is live (INVOICE-2)."""

    request = models.ForeignKey(InvoiceRequest, on_delete=models.PROTECT, related_name="items")
    line = models.ForeignKey("orders.OrderLine", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    statement = models.ForeignKey(
        "settlement.Statement", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    amount_fen = models.BigIntegerField()
    is_live = models.BooleanField(help_text="its request is requested, exported or issued")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(line__isnull=False, statement__isnull=True) | Q(line__isnull=True, statement__isnull=False),
                name="invoice_item_has_one_cause",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="invoice_item_amount_not_negative"),
            models.UniqueConstraint(fields=["line"], condition=Q(is_live=True), name="invoice_item_line_once"),
            models.UniqueConstraint(
                fields=["statement"], condition=Q(is_live=True), name="invoice_item_statement_once"
            ),
        )
        indexes = (
            models.Index(fields=["line"], name="invoice_items_of_line", condition=Q(line__isnull=False)),
            models.Index(fields=["statement"], name="invoice_items_of_statement", condition=Q(statement__isnull=False)),
        )


class RedLetter(models.Model):
    """What was refunded of an item after it was exported, so that a red letter 红字 takes it back (INVOICE-7).

    One of an item is open at a time; its amount grows with further refunds until somebody enters the number of the red letter.
    """

    request = models.ForeignKey(InvoiceRequest, on_delete=models.PROTECT, related_name="red_letters")
    item = models.ForeignKey(InvoiceItem, on_delete=models.PROTECT, related_name="red_letters")
    amount_fen = models.BigIntegerField()
    found_at = models.DateTimeField()
    number = models.CharField(max_length=MAX_NUMBER, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="red_letter_amount_positive"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None, number="")
                | Q(done_at__isnull=False, done_by__isnull=False, done_at__gte=F("found_at")) & ~Q(number=""),
                name="red_letter_done_has_number",
            ),
            models.UniqueConstraint(fields=["item"], condition=Q(done_at=None), name="red_letter_one_open"),
        )
        indexes = (models.Index(fields=["-id"], condition=Q(done_at=None), name="red_letters_open"),)


class InvoiceCorrection(TitleColumns):
    """That an issued invoice has a wrong title, with the right one (INVOICE-9): open, refused with an answer, or done by a new request."""

    request = models.ForeignKey(InvoiceRequest, on_delete=models.PROTECT, related_name="corrections")
    reason = models.CharField(max_length=MAX_REASON, blank=True, help_text="empty where whoever issues did it unasked")
    asked_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answer = models.CharField(max_length=MAX_REASON, blank=True, help_text="why it was refused")
    new_request = models.OneToOneField(InvoiceRequest, null=True, on_delete=models.PROTECT, related_name="correction")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ended_at=None, decided_by=None, answer="", new_request=None)
                | Q(ended_at__gte=F("asked_at"), decided_by__isnull=False, answer="", new_request__isnull=False)
                | Q(ended_at__gte=F("asked_at"), decided_by__isnull=False, new_request=None) & ~Q(answer=""),
                name="invoice_correction_state_sound",
            ),
            models.UniqueConstraint(fields=["request"], condition=Q(ended_at=None), name="invoice_correction_one_open"),
        )
