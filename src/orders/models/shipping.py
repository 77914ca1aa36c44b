"""Consignments, carriers and parcels."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Upper

from orders.models.orders import Order
from orders.models.recipients import Recipient
from orders.rules.parcels import MAX_CARRIER_NAME, MAX_TRACKING_NO
from orders.rules.states import ConsignmentState
from tracking.rules import TROUBLED_STATUSES, ParcelStatus


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
    paid_ship_by = models.DateTimeField(
        null=True, help_text="the deadline of what was paid, where units that are sent again set a later one"
    )
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
