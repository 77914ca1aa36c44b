"""Tables of analysis: figures that are counted from other tables, and can be counted again at any time (ANALYSIS-1)."""

from django.db import models
from django.db.models import F, Q

from aftersales.rules import RefundReason
from analysis.rules import WorkbookState


class RollupState(models.Model):
    """How far the changes of order lines and sales are counted: all of transactions up to `transaction_id`. One row."""

    transaction_id = models.BigIntegerField()
    database = models.CharField(max_length=60, help_text="the cluster and database whose transaction it is")
    refreshed_at = models.DateTimeField()


class CountedDay(models.Model):
    """A day in Shanghai with paid lines, and when its figures were counted: lines that are not shipped are late or not as of then."""

    day = models.DateField(primary_key=True)
    counted_at = models.DateTimeField()


class SaleDay(models.Model):
    """The lines of a sale that were paid on a day: `rules.Figures`, at the state of now and not of that day."""

    day = models.DateField()
    sale = models.ForeignKey("flashsales.Sale", on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+", db_index=False)
    lines = models.IntegerField()
    units = models.IntegerField()
    sold_fen = models.BigIntegerField()
    refunded_units = models.IntegerField()
    refunded_fen = models.BigIntegerField()
    shipped_units = models.IntegerField()
    on_time_units = models.IntegerField()
    late_units = models.IntegerField()
    short_units = models.IntegerField()
    returned_units = models.IntegerField(help_text="refunded after shipping")
    commission_fen = models.BigIntegerField()
    discount_fen = models.BigIntegerField()
    brand_fen = models.BigIntegerField()
    platform_fen = models.BigIntegerField()
    claim_loss_fen = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["day", "sale"], name="sale_day_once"),
            models.CheckConstraint(
                condition=Q(
                    units__gt=0,
                    refunded_units__range=(0, F("units")),
                    short_units__range=(0, F("units")),
                    returned_units__range=(0, F("refunded_units")),
                ),
                name="sale_day_units_sound",
            ),
        )
        indexes = (models.Index(fields=["brand", "day"], name="sale_days_of_brand"),)


class SaleDayRefund(models.Model):
    """Refunds of the lines of a sale that were paid on a day, by reason. `case_reason`: why the case was opened, "" without a case."""

    day = models.DateField()
    sale = models.ForeignKey("flashsales.Sale", on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=20, choices=[(each.value, each.value) for each in RefundReason])
    case_reason = models.CharField(max_length=20, blank=True)
    refunds = models.IntegerField()
    units = models.IntegerField()
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["day", "sale", "reason", "case_reason"], name="sale_day_refund_once"),
        )
        indexes = (models.Index(fields=["brand", "day"], name="sale_day_refunds_of_brand"),)


class TierDay(models.Model):
    """Orders that were paid on a day, by the tier at the order and by the month in which the reseller joined."""

    day = models.DateField()
    tier = models.PositiveSmallIntegerField()
    joined_month = models.DateField()
    orders = models.IntegerField()
    units = models.IntegerField()
    sold_fen = models.BigIntegerField()
    refunded_fen = models.BigIntegerField()
    discount_fen = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["day", "tier", "joined_month"], name="tier_day_once"),)


class SaleGoods(models.Model):
    """The units of a sale by style and size: offered are all that were ever allotted to it and exist, sold are those that are paid."""

    sale = models.ForeignKey("flashsales.Sale", on_delete=models.PROTECT, related_name="+", db_index=False)
    style = models.ForeignKey("inventory.Style", on_delete=models.PROTECT, related_name="+", db_index=False)
    size = models.CharField(max_length=30, blank=True)
    offered_units = models.IntegerField()
    sold_units = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sale", "style", "size"], name="sale_goods_once"),
            models.CheckConstraint(
                condition=Q(offered_units__gte=F("sold_units"), sold_units__gte=0), name="sale_goods_sound"
            ),
        )


class SaleTotal(models.Model):
    """The units of a sale that was published, and the day in Shanghai on which it begins."""

    sale = models.OneToOneField("flashsales.Sale", primary_key=True, on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+", db_index=False)
    starts_on = models.DateField()
    offered_units = models.IntegerField()
    sold_units = models.IntegerField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(offered_units__gte=F("sold_units"), sold_units__gte=0), name="sale_total_sound"
            ),
        )
        indexes = (
            models.Index(fields=["brand", "starts_on"], name="sale_totals_of_brand"),
            models.Index(fields=["starts_on"], name="sale_totals_by_day"),
        )


class CohortMonth(models.Model):
    """Of the resellers who joined in a month, those who paid an order in a later month or the same, and their orders."""

    joined_month = models.DateField()
    month = models.DateField()
    members = models.IntegerField(help_text="all who joined in that month")
    active = models.IntegerField()
    orders = models.IntegerField()
    sold_fen = models.BigIntegerField()
    refunded_fen = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["joined_month", "month"], name="cohort_month_once"),
            models.CheckConstraint(
                condition=Q(active__range=(0, F("members")), month__gte=F("joined_month")), name="cohort_month_sound"
            ),
        )


class Workbook(models.Model):
    """An analysis workbook that somebody asked for: of a brand, or of the platform. A worker makes it; the file lies in the store."""

    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    brand = models.ForeignKey(
        "brands.Brand",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="null: platform",
    )
    first_date = models.DateField()
    last_date = models.DateField()
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in WorkbookState], default=WorkbookState.WAITING.value
    )
    requested_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, help_text="until then a worker has it")
    finished_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    size_bytes = models.BigIntegerField(default=0)
    row_count = models.PositiveIntegerField(default=0, help_text="rows of its flat sheets")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person", "brand", "first_date", "last_date"],
                name="workbook_waiting_once",
                condition=Q(state=WorkbookState.WAITING.value),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(state__in=[WorkbookState.READY.value, WorkbookState.ERASED.value]) & ~Q(sha256="")
                | Q(state__in=[WorkbookState.WAITING.value, WorkbookState.FAILED.value], sha256=""),
                name="workbook_ready_has_file",
            ),
        )
        indexes = (
            models.Index(fields=["person", "-id"], name="workbooks_of_person"),
            models.Index(fields=["requested_at"], name="workbooks_waiting", condition=Q(state="waiting")),
        )
