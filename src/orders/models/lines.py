"""The lines of orders, and what of them is in which parcel."""

from django.db import models
from django.db.models import F, Q

from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.models.shipping import Consignment, Parcel
from orders.rules.lines import MAX_REMARK, MAX_SOURCE
from orders.rules.payments import GivenUp


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
    given_up = models.CharField(
        max_length=14,
        blank=True,
        choices=[(each.value, each.value) for each in GivenUp],
        default="",
        db_default="",
        help_text="why late money does not take its units again (ORDER-15)",
    )
    refund_adjustment_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="what was refunded, less the price of the refunded units"
    )
    payable_adjustment_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="what the brand keeps of the line, less its part of the units not refunded"
    )
    carrier_claim_fen = models.BigIntegerField(default=0, db_default=0, help_text="refunded at the cost of a carrier")
    freight_fen = models.BigIntegerField(default=0, db_default=0, help_text="what is paid for its shipping (ORDER-16)")
    province = models.CharField(
        max_length=10,
        blank=True,
        default="",
        db_default="",
        help_text="of the recipient, where the freight terms of the sale depend on it (SALE-23)",
    )
    returned_freight_fen = models.BigIntegerField(default=0, db_default=0, help_text="of it, what went back")
    return_freight_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="what the brand bears for sending units back (AFTER-22)"
    )

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
            models.CheckConstraint(
                condition=Q(
                    freight_fen__gte=0,
                    returned_freight_fen__gte=0,
                    returned_freight_fen__lte=F("freight_fen"),
                    return_freight_fen__gte=0,
                ),
                name="order_line_freight_sound",
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
