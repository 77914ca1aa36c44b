from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Right, Substr, Upper

from jobs.leases import ReadingJob
from ledger.rules import MAX_BANK_REFERENCE
from orders.rules.lines import MAX_REMARK, MAX_SOURCE
from orders.rules.parcels import MAX_CARRIER_NAME, MAX_TRACKING_NO
from orders.rules.payments import PaymentOutcome
from orders.rules.recipients import MAX_CUSTOMER_NOTE, MAX_TAG_LENGTH
from orders.rules.states import ConsignmentState, OrderState
from orders.rules.uploads import OrderUploadLineState, OrderUploadState
from tracking.rules import TROUBLED_STATUSES, ParcelStatus

PHONE_TAIL = Case(
    When(phone__startswith="1", then=Substr("phone", 8, 4)),
    When(phone__regex=r"-\d+-", then=Value("")),
    default=Right("phone", 4),
    output_field=models.CharField(),
)
"""The last four digits of a number, which are shown of a masked one: those before the extension of a mobile number, none of a landline
with an extension."""


class Recipient(models.Model):
    """A customer of a reseller to whom goods are shipped. Holds only what shipping needs."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="recipients")
    name = models.CharField(max_length=40)
    phone = models.CharField(max_length=20)
    address = models.CharField(max_length=200)
    note = models.CharField(max_length=MAX_CUSTOMER_NOTE, blank=True, default="", db_default="")
    tags = ArrayField(models.CharField(max_length=MAX_TAG_LENGTH), default=list, db_default=Value("{}"))
    sizes = models.JSONField(
        default=list, db_default=Value([], models.JSONField()), help_text="kind and size of each: CustomerSize"
    )
    hidden_at = models.DateTimeField(null=True, help_text="removed from the address book; old orders keep it")
    merged_into = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="the entry that took its place when it was edited or merged; its orders count for that one",
    )
    erased_at = models.DateTimeField(null=True, help_text="when contact, note, tags and sizes were erased (PRIVACY-5)")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["reseller", "name", "phone", "address"],
                name="recipient_unique",
                condition=Q(hidden_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(name="", phone="", address="", note="", hidden_at__isnull=False),
                name="recipient_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(
                fields=["hidden_at"],
                name="recipients_to_erase",
                condition=Q(hidden_at__isnull=False, erased_at__isnull=True),
            ),
            models.Index(fields=["reseller", "-id"], name="recipients_of_reseller"),
            models.Index(fields=["phone"], name="recipients_by_phone"),
            models.Index(fields=["name"], name="recipients_by_name"),
            models.Index(PHONE_TAIL, name="recipients_by_phone_tail"),
            models.Index(
                fields=["merged_into"], name="recipients_by_merged_into", condition=Q(merged_into__isnull=False)
            ),
        )


class Order(models.Model):
    """An accepted grab. One statement inserts it with its lines and holds the units."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="orders")
    key = models.CharField(max_length=64, help_text="the client's idempotency key")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in OrderState])
    tier = models.PositiveSmallIntegerField(help_text="the reseller's tier at the grab")
    total_fen = models.BigIntegerField()
    placed_at = models.DateTimeField()
    pay_before = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True, help_text="when the contacts of its recipients were erased (PRIVACY-5)")
    request_digest = models.CharField(
        max_length=64,
        default="",
        db_default="",
        help_text="of the requested lines, where the order may hold less than was requested",
    )
    refused_lines = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        help_text="requested lines that were not ordered, or not in full: RefusedLineView",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reseller", "key"], name="order_once_per_key"),
            models.CheckConstraint(condition=Q(total_fen__gt=0), name="order_total_positive"),
            models.CheckConstraint(
                condition=~Q(state=OrderState.PAID.value) | Q(paid_at__isnull=False), name="order_paid_has_paid_at"
            ),
        )
        indexes = (
            models.Index(fields=["reseller", "-id"], name="orders_of_reseller"),
            models.Index(fields=["pay_before"], name="orders_unpaid", condition=Q(state="unpaid")),
            models.Index(fields=["id"], name="orders_with_contacts", condition=Q(erased_at__isnull=True)),
            models.Index(
                fields=["reseller", "state", "pay_before"],
                name="orders_not_paid_by_reseller",
                condition=~Q(state="paid"),
            ),
        )


class ReceivedPayment(models.Model):
    """Money that reached the platform for an order, and what became of it (ORDER-15). It goes through the wallet in any case."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="received_payments")
    reference = models.CharField(max_length=MAX_BANK_REFERENCE, unique=True, help_text="the bank's or provider's")
    amount_fen = models.BigIntegerField()
    outcome = models.CharField(max_length=20, choices=[(each.value, each.value) for each in PaymentOutcome])
    at = models.DateTimeField()
    person = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(amount_fen__gt=0), name="received_payment_amount_positive"),)


class OrderPayment(models.Model):
    """An order that a payment through a provider is to pay, and what became of it (PAY-6). `outcome` is "" until the money arrives."""

    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="provider_payments")
    amount_fen = models.BigIntegerField(help_text="what the order cost when the payment was begun")
    outcome = models.CharField(max_length=20, choices=[(each.value, each.value) for each in PaymentOutcome], blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["payment", "order"], name="order_once_per_payment"),)


class Consignment(models.Model):
    """What one brand ships to one recipient for one order. Name, phone and address are copies, made when the order was paid."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="consignments")
    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="consignments")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=14, choices=[(s.value, s.value) for s in ConsignmentState], default=ConsignmentState.TO_SHIP.value
    )
    name = models.CharField(max_length=40)
    phone = models.CharField(max_length=20)
    address = models.CharField(max_length=200)
    ship_by = models.DateTimeField()
    shipped_at = models.DateTimeField(null=True, help_text="when its last units were shipped; null while some are left")
    listed_at = models.DateTimeField(null=True, help_text="when the brand first downloaded a list with it (ORDER-12)")
    erased_at = models.DateTimeField(null=True, help_text="when name, phone and address were erased (PRIVACY-5)")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "brand", "recipient"], name="consignment_unique"),
            models.CheckConstraint(
                condition=~Q(state=ConsignmentState.SHIPPED.value) | Q(shipped_at__isnull=False),
                name="consignment_shipped_has_time",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(name="", phone="", address=""),
                name="consignment_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(
                fields=["brand", "ship_by", "id"],
                name="consignments_unshipped",
                condition=Q(state__in=["to_ship", "partly_shipped"]),
            ),
            models.Index(fields=["brand", "-id"], name="consignments_of_brand"),
        )


class Carrier(models.Model):
    """A carrier as ops keep it: the name that is shown, the other ways to write it, and its codes at tracking services."""

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=MAX_CARRIER_NAME, unique=True)
    name_en = models.CharField(max_length=40)
    aliases = ArrayField(models.CharField(max_length=40), default=list)
    kuaidi100_code = models.CharField(max_length=40, blank=True)
    kdniao_code = models.CharField(max_length=20, blank=True)
    number_patterns = ArrayField(
        models.CharField(max_length=100), default=list, help_text="regular expressions of its tracking numbers"
    )
    is_active = models.BooleanField(default=True, help_text="offered to brands for new parcels")


class Parcel(models.Model):
    """Units of one consignment that a carrier carries under one tracking number."""

    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="parcels")
    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+")
    carrier = models.ForeignKey(
        Carrier, null=True, on_delete=models.PROTECT, related_name="+", help_text="null: a name from before the table"
    )
    carrier_name = models.CharField(max_length=MAX_CARRIER_NAME)
    tracking_no = models.CharField(max_length=MAX_TRACKING_NO, help_text="as it was written")
    waybill = models.CharField(
        max_length=MAX_TRACKING_NO, help_text="the number in capitals without the suffix of a piece; for comparison"
    )
    replaced_numbers = ArrayField(
        models.CharField(max_length=MAX_TRACKING_NO),
        default=list,
        db_default=Value([], ArrayField(models.CharField(max_length=MAX_TRACKING_NO))),
        help_text="numbers in capitals that it had before a correction",
    )
    shipped_at = models.DateTimeField()
    shipped_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in ParcelStatus], default=ParcelStatus.SHIPPED.value
    )
    status_at = models.DateTimeField(help_text="when the parcel took its status, by the carrier's clock")
    tracked = models.ForeignKey(
        "tracking.TrackedWaybill",
        null=True,
        on_delete=models.PROTECT,
        related_name="parcels",
        db_index=False,
        help_text="where its events are; null until its number is followed",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint("consignment", Upper("tracking_no"), name="parcel_once_per_consignment"),
            models.CheckConstraint(condition=~Q(tracking_no="") & ~Q(waybill=""), name="parcel_has_number"),
        )
        indexes = (
            models.Index(fields=["brand", "waybill"], name="parcels_of_brand_by_waybill"),
            models.Index(fields=["waybill"], name="parcels_by_waybill"),
            models.Index(Upper("tracking_no"), name="parcels_by_tracking_no"),
            models.Index(fields=["tracked"], name="parcels_by_tracked", condition=Q(tracked__isnull=False)),
            models.Index(fields=["shipped_at"], name="parcels_not_tracked", condition=Q(tracked__isnull=True)),
            models.Index(
                fields=["-status_at"],
                name="parcels_in_trouble",
                condition=Q(status__in=[status.value for status in TROUBLED_STATUSES]),
            ),
        )


class OrderLine(models.Model):
    """Units of one sale item for one recipient at the frozen prices of the reseller's tier. Prices are per unit."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    item = models.ForeignKey("flashsales.SaleItem", on_delete=models.PROTECT, related_name="order_lines")
    sale = models.ForeignKey("flashsales.Sale", on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey("inventory.Sku", on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="+")
    consignment = models.ForeignKey(Consignment, null=True, on_delete=models.PROTECT, related_name="lines")
    price_row = models.ForeignKey("pricing.PriceListRow", on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()
    refunded_units = models.PositiveIntegerField(default=0, help_text="all refunded units, shipped or not")
    shipped_units = models.PositiveIntegerField(default=0, db_default=0)
    cancelled_units = models.PositiveIntegerField(
        default=0, db_default=0, help_text="refunded before shipping; never shipped"
    )
    short_units = models.PositiveIntegerField(
        default=0, db_default=0, help_text="of the cancelled units those that the brand did not have"
    )
    resending_units = models.PositiveIntegerField(
        default=0, db_default=0, help_text="left to ship again, for units that were missing or wrong (AFTER-18)"
    )
    resent_units = models.PositiveIntegerField(
        default=0, db_default=0, help_text="shipped again; not among the shipped units"
    )
    shipped_at = models.DateTimeField(null=True, help_text="when units of it were last shipped")
    price_fen = models.BigIntegerField(help_text="what the reseller pays")
    payable_fen = models.BigIntegerField(help_text="the brand's part of the price")
    commission_fen = models.BigIntegerField(help_text="the platform's part of the price")
    labelling = models.CharField(max_length=4)
    retail_floor_fen = models.BigIntegerField(null=True)
    remark = models.CharField(
        max_length=MAX_REMARK, default="", db_default="", help_text="the reseller's, for the brand"
    )
    source = models.CharField(
        max_length=MAX_SOURCE, default="", db_default="", help_text="what the line came from, such as wish:7"
    )
    refund_adjustment_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="what was refunded, less the price of the refunded units"
    )
    payable_adjustment_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="what the brand keeps of the line, less its part of the units not refunded"
    )
    carrier_claim_fen = models.BigIntegerField(default=0, db_default=0, help_text="refunded at the cost of a carrier")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "item", "recipient"], name="order_line_once"),
            models.CheckConstraint(
                condition=Q(units__gt=0, refunded_units__lte=F("units")), name="order_line_refunded_within_units"
            ),
            models.CheckConstraint(
                condition=Q(
                    units__gte=F("shipped_units") + F("cancelled_units"),
                    refunded_units__gte=F("cancelled_units"),
                    cancelled_units__gte=F("short_units"),
                ),
                name="order_line_shipped_within_units",
            ),
            models.CheckConstraint(
                condition=Q(price_fen__gt=0, price_fen=F("payable_fen") + F("commission_fen")),
                name="order_line_price_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    refund_adjustment_fen__gte=-F("refunded_units") * F("price_fen"),
                    refund_adjustment_fen__lte=(F("units") - F("refunded_units")) * F("price_fen"),
                    payable_adjustment_fen__gte=-(F("units") - F("refunded_units")) * F("payable_fen"),
                    payable_adjustment_fen__lte=(F("refunded_units") + F("resending_units") + F("resent_units"))
                    * F("payable_fen"),
                    carrier_claim_fen__gte=0,
                ),
                name="order_line_refunds_within_payment",
            ),
        )
        indexes = (
            models.Index(fields=["sale", "id"], name="order_lines_of_sale"),
            models.Index(fields=["id"], name="order_lines_with_remark", condition=~Q(remark="")),
        )


class ParcelLine(models.Model):
    """Units of an order line in a parcel."""

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="parcel_lines")
    units = models.PositiveIntegerField()
    shipped_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["parcel", "line"], name="parcel_line_once"),
            models.CheckConstraint(condition=Q(units__gt=0), name="parcel_line_has_units"),
        )


class OrderUpload(models.Model):
    """A workbook of orders of a reseller and what became of it (WORKBOOK-1). How far a worker has come with it stands in its job.

    The workbook lies in the store by its hash. When it is deleted, the recipients of the lines are erased, and `erased_at` is set.
    """

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="order_uploads")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in OrderUploadState], default=OrderUploadState.RECEIVED.value
    )
    reason = models.CharField(max_length=40, blank=True)
    reason_zh = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    questions = models.JSONField(default=list)
    faults = models.JSONField(default=list, help_text="cells that are wrong, the first thousand")
    warnings = models.JSONField(default=list, help_text="cells to look at, the first thousand")
    fault_count = models.PositiveIntegerField(default=0)
    warning_count = models.PositiveIntegerField(default=0)
    ignored_lines = models.PositiveIntegerField(default=0)
    previewed_at = models.DateTimeField(null=True, help_text="when prices and units of the preview were read")
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="+")
    take = models.CharField(max_length=12, blank=True)
    ended_at = models.DateTimeField(null=True, help_text="when it was committed, cancelled or refused")
    erased_at = models.DateTimeField(null=True, help_text="when the file and the recipients were deleted")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in OrderUploadState]), name="order_upload_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderUploadState.COMMITTED.value) | Q(order__isnull=False, ended_at__isnull=False),
                name="order_upload_committed_has_order",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(ended_at__isnull=False, faults=[], warnings=[], questions=[]),
                name="order_upload_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(fields=["reseller", "-id"], name="order_uploads_of_reseller"),
            models.Index(fields=["sha256"], name="order_uploads_by_hash"),
            models.Index(fields=["received_at"], name="order_uploads_to_erase", condition=Q(erased_at__isnull=True)),
        )


class OrderUploadJob(ReadingJob):
    """The reading of a workbook of orders by a worker."""

    upload = models.OneToOneField(OrderUpload, on_delete=models.CASCADE, primary_key=True, related_name="job")


class OrderUploadLine(models.Model):
    """A line of a workbook of orders: what it asks for, what it was matched with, and what was ordered of it."""

    upload = models.ForeignKey(OrderUpload, on_delete=models.CASCADE, related_name="lines", db_index=False)
    number = models.PositiveIntegerField(help_text="counts from 1 in the order of the file")
    sheet = models.CharField(max_length=80, blank=True)
    row = models.PositiveIntegerField()
    order_ref = models.CharField(max_length=64, blank=True, help_text="the reseller's own order number")
    name = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=200, blank=True)
    style_no = models.CharField(max_length=64, blank=True)
    colour = models.CharField(max_length=40, blank=True)
    size = models.CharField(max_length=30, blank=True)
    barcode = models.CharField(max_length=32, blank=True)
    units = models.PositiveIntegerField()
    remark = models.CharField(max_length=MAX_REMARK, blank=True)
    fault = models.JSONField(null=True, help_text="why the line can never be ordered as it stands: code, zh, en")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in OrderUploadLineState])
    item = models.ForeignKey(
        "flashsales.SaleItem", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    choices = models.JSONField(default=list, help_text="sale items that may be meant")
    price_fen = models.BigIntegerField(null=True, help_text="the unit price that the preview showed")
    left_units = models.PositiveIntegerField(default=0, help_text="what stock and limits left of it at the preview")
    reason = models.JSONField(null=True, help_text="why it is not ready, or cannot be had in full: code, zh, en")
    repeats = models.JSONField(default=list, help_text="what it seems to repeat: code, zh, en")
    is_known_recipient = models.BooleanField(default=False)
    left_out = models.BooleanField(default=False, help_text="the reseller does not want it ordered")
    ordered_units = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True, help_text="why it was not ordered, or not in full: code, zh, en")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["upload", "number"], name="order_upload_line_once"),
            models.CheckConstraint(
                condition=Q(units__gt=0, ordered_units__lte=F("units"), left_units__lte=F("units")),
                name="order_upload_line_units_sound",
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderUploadLineState.READY.value) | Q(item__isnull=False, price_fen__isnull=False),
                name="order_upload_line_ready_has_item",
            ),
        )
        indexes = (models.Index(fields=["order_ref"], name="order_upload_lines_by_ref", condition=~Q(order_ref="")),)


class GoodsAlias(models.Model):
    """What a reseller means by the words of a workbook, as she once chose. `goods` is `matching.Wording.key`."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.CASCADE, related_name="+", db_index=False)
    goods = models.CharField(max_length=300)
    sku = models.ForeignKey("inventory.Sku", on_delete=models.CASCADE, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["reseller", "goods"], name="goods_alias_once"),)


class OrderLayoutAnswer(models.Model):
    """Which column means what in a layout that a reseller was once asked about, remembered for her next workbook."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.CharField(max_length=64)
    columns = models.JSONField(default=dict, help_text="column letters → field")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["reseller", "fingerprint"], name="order_layout_answered_once"),)
