from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from jobs.leases import ReadingJob
from settlement.rules.comparison import ComparisonState, DifferenceKind
from settlement.rules.debts import DebtKind
from settlement.rules.disputes import MAX_REASON, DisputeState
from settlement.rules.fees import MAX_WAIVER_REASON, FeeBasis, FeeKind
from settlement.rules.periods import StatementKind
from settlement.rules.statements import StatementState


class SettlementTerms(models.Model):
    """How a brand is settled for sales that end on `from_date` or later: by sale, month or delivery date."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="settlement_terms")
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in StatementKind])
    from_date = models.DateField()
    entered_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["brand", "from_date"], name="settlement_terms_once_per_day"),)


class Statement(models.Model):
    """What a brand is owed for one sale, or for a period. From when it is sent its lines stand in `StatementItem`."""

    kind = models.CharField(
        max_length=8,
        choices=[(k.value, k.value) for k in StatementKind],
        default=StatementKind.SALE.value,
        db_default=StatementKind.SALE.value,
    )
    sale = models.OneToOneField("flashsales.Sale", null=True, on_delete=models.PROTECT, related_name="statement")
    first_date = models.DateField(null=True, help_text="of its period")
    last_date = models.DateField(null=True, help_text="of its period, included")
    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="statements")
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in StatementState], default=StatementState.DRAFT.value
    )
    units = models.IntegerField()
    refunded_units = models.IntegerField()
    sold_fen = models.BigIntegerField()
    refunded_fen = models.BigIntegerField()
    commission_fen = models.BigIntegerField()
    payable_fen = models.BigIntegerField()
    carrier_claims_fen = models.BigIntegerField(default=0, db_default=0, help_text="refunded at the cost of carriers")
    adjustments_fen = models.BigIntegerField(default=0, db_default=0, help_text="what accepted disputes change")
    freight_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="freight that the brand keeps, less the return freight that it bears"
    )
    deductions_fen = models.BigIntegerField(default=0, db_default=0, help_text="fees of the contract")
    netted_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="what the brand owes from earlier statements, paid by this one"
    )
    carried_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="what the brand still owes after it, for the next one"
    )
    generated_at = models.DateTimeField()
    settleable_from = models.DateTimeField(help_text="when the after-sales window of its last line ends")
    sent_at = models.DateTimeField(null=True)
    confirm_by = models.DateTimeField(null=True, help_text="confirmed then, where the brand disputes nothing")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        "accounts.Person",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="null: nobody disputed it",
    )
    settled_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    payout_reference = models.CharField(max_length=80, blank=True)
    closed_at = models.DateTimeField(null=True)
    brand_has_money = models.BooleanField(
        default=False, db_default=False, help_text="a clerk of the brand closed it: the money arrived"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    sold_fen=F("refunded_fen")
                    - F("carrier_claims_fen")
                    + F("commission_fen")
                    + F("payable_fen")
                    - F("adjustments_fen")
                    - F("freight_fen")
                    + F("deductions_fen")
                    + F("netted_fen")
                    - F("carried_fen")
                ),
                name="statement_totals_add_up",
            ),
            models.CheckConstraint(
                condition=Q(deductions_fen__gte=0, netted_fen__gte=0, carried_fen__gte=0)
                & (Q(carried_fen=0) | Q(payable_fen=0)),
                name="statement_carries_or_pays",
            ),
            models.CheckConstraint(
                condition=Q(kind="sale", sale__isnull=False, first_date__isnull=True, last_date__isnull=True)
                | (~Q(kind="sale") & Q(sale__isnull=True, first_date__isnull=False, last_date__gte=F("first_date"))),
                name="statement_of_sale_or_period",
            ),
            models.UniqueConstraint(
                fields=["brand", "kind", "first_date"],
                condition=Q(first_date__isnull=False),
                name="statement_once_per_period",
            ),
        )
        indexes = (models.Index(fields=["brand", "-id"], name="statements_of_brand"),)


class StatementItem(models.Model):
    """A paid order line in the statement that settles it, with its figures at that instant. A line is settled once.

    Neither the line nor the statement is a constraint of the database: checking two keys per row takes longer than everything else
    that sending a large statement does. The integrity checks find an item without them. The items of a statement are written at once and
    stand together, so that a block range index finds them.
    """

    line = models.OneToOneField(
        "orders.OrderLine", on_delete=models.PROTECT, primary_key=True, db_constraint=False, related_name="+"
    )
    statement = models.ForeignKey(
        Statement, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="items"
    )
    refunded_units = models.IntegerField()
    refunded_fen = models.BigIntegerField()
    payable_fen = models.BigIntegerField()
    carrier_claim_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        indexes = (BrinIndex(fields=["statement"], name="items_of_statement", pages_per_range=16, autosummarize=True),)


class ContractFee(models.Model):
    """A fee of a brand's contract 费用约定, for orders that are placed on `from_date` or later, until `to_date` (SETTLE-10)."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="contract_fees", db_index=False)
    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in FeeKind])
    basis = models.CharField(max_length=16, choices=[(b.value, b.value) for b in FeeBasis])
    amount_fen = models.BigIntegerField(null=True, help_text="per line or unit")
    rate = models.DecimalField(null=True, max_digits=5, decimal_places=4)
    cap_fen = models.BigIntegerField(null=True, help_text="the most for one line")
    from_date = models.DateField()
    to_date = models.DateField(null=True, help_text="included; null: until another fee of the kind begins")
    entered_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["brand", "kind", "from_date"], name="contract_fee_once_per_day"),
            models.CheckConstraint(
                condition=Q(basis__in=["line", "unit"], amount_fen__gt=0, rate__isnull=True)
                | Q(basis__in=["payable_rate", "price_rate"], amount_fen__isnull=True, rate__gt=0, rate__lte=1),
                name="contract_fee_amount_or_rate",
            ),
            models.CheckConstraint(
                condition=Q(cap_fen__isnull=True) | Q(cap_fen__gt=0), name="contract_fee_cap_positive"
            ),
            models.CheckConstraint(
                condition=Q(to_date__isnull=True) | Q(to_date__gte=F("from_date")), name="contract_fee_ends_later"
            ),
        )


class FeeWaiver(models.Model):
    """Fees of a brand that are not asked 免收, with the reason. What is null does not narrow it (SETTLE-11)."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="fee_waivers")
    kind = models.CharField(max_length=16, blank=True, choices=[(k.value, k.value) for k in FeeKind])
    sale = models.ForeignKey("flashsales.Sale", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    line = models.ForeignKey("orders.OrderLine", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    reason = models.CharField(max_length=MAX_WAIVER_REASON)
    entered_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="taken back: it covers nothing that is sent later")


class StatementDeduction(models.Model):
    """A fee that a statement deducts for an order line. Those of a draft are written again with it; later ones stay."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="deductions")
    line = models.ForeignKey(
        "orders.OrderLine", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in FeeKind])
    fee = models.ForeignKey(ContractFee, on_delete=models.PROTECT, related_name="+")
    units = models.IntegerField()
    amount_fen = models.BigIntegerField()
    waiver = models.ForeignKey(
        FeeWaiver, null=True, on_delete=models.PROTECT, related_name="+", help_text="then nothing is deducted"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["statement", "line", "kind"], name="deduction_once_per_line"),
            models.CheckConstraint(condition=Q(units__gt=0, amount_fen__gt=0), name="deduction_is_positive"),
        )


class BrandDebt(models.Model):
    """What a brand owes after a statement was sent, until the next one that is sent, or its deposit, pays it (SETTLE-12)."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="debts")
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in DebtKind])
    amount_fen = models.BigIntegerField()
    source = models.ForeignKey(
        Statement, on_delete=models.PROTECT, related_name="debts_left", help_text="the statement that it comes from"
    )
    at = models.DateTimeField()
    statement = models.ForeignKey(
        Statement, null=True, on_delete=models.PROTECT, related_name="debts", help_text="that pays it"
    )
    line = models.ForeignKey(
        "orders.OrderLine",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="of which money went back late",
    )
    refunded_fen = models.BigIntegerField(
        default=0, db_default=0, help_text="what went back of the line, the platform's part included"
    )
    reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    owed_as = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="the key of the posting of a late refund"
    )
    paid_as = models.CharField(
        max_length=120,
        blank=True,
        default="",
        db_default="",
        help_text="the key of the posting that paid it from the deposit",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="brand_debt_positive"),
            models.CheckConstraint(
                condition=Q(kind="carried", line__isnull=True, owed_as="")
                | (Q(kind="late_refund", line__isnull=False) & ~Q(owed_as="") & ~Q(reason="")),
                name="brand_debt_has_its_cause",
            ),
            models.UniqueConstraint(fields=["owed_as"], condition=~Q(owed_as=""), name="brand_debt_owed_once"),
            models.CheckConstraint(condition=Q(paid_as="") | Q(statement__isnull=True), name="brand_debt_paid_once"),
            models.UniqueConstraint(fields=["source"], condition=Q(kind="carried"), name="brand_debt_carried_once"),
        )


class StatementDispute(models.Model):
    """A line or deduction of a statement that the brand disputes, with its own figure, and what finance answered.

    The figures of a deduction are what it gives the brand, so they are below zero.
    """

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="disputes")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="+")
    deduction = models.ForeignKey(StatementDeduction, null=True, on_delete=models.PROTECT, related_name="disputes")
    payable_fen = models.BigIntegerField(help_text="of the line or deduction, as the statement says")
    claimed_fen = models.BigIntegerField(help_text="of the line or deduction, as the brand says")
    reason = models.CharField(max_length=MAX_REASON)
    state = models.CharField(
        max_length=8, choices=[(s.value, s.value) for s in DisputeState], default=DisputeState.OPEN.value
    )
    raised_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    answer = models.CharField(max_length=MAX_REASON, blank=True)
    answered_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["statement", "line"], condition=Q(deduction__isnull=True), name="dispute_once_per_item"
            ),
            models.UniqueConstraint(
                fields=["deduction"], condition=Q(deduction__isnull=False), name="dispute_once_per_deduction"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True, answered_by__isnull=True, answer="")
                | (~Q(state="open") & Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
                name="dispute_is_answered_whole",
            ),
        )


class StatementComparison(models.Model):
    """A reconciliation list 对账表 that a brand uploaded for a statement, and what its comparison gave (SETTLE-13).

    How far its reading is stands in its job. The file may hold contacts: it lies in the store by its hash until `erased_at`, and the texts
    that quote its cells go with it.
    """

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="comparisons")
    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    tolerance_fen = models.PositiveSmallIntegerField(default=0, help_text="by which the amounts of a line may differ")
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in ComparisonState], default=ComparisonState.RECEIVED.value
    )
    reason = models.CharField(max_length=60, blank=True)
    reason_zh = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    questions = models.JSONField(default=list)
    result = models.JSONField(null=True, help_text="counts, sums, and the first faults, warnings and ignored lines")
    difference_count = models.PositiveIntegerField(default=0)
    fault_count = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, help_text="when it was done or refused")
    erased_at = models.DateTimeField(null=True, help_text="when the file and the quoted cells were deleted")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ComparisonState]), name="comparison_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=ComparisonState.DONE.value) | Q(result__isnull=False, ended_at__isnull=False),
                name="comparison_done_has_result",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(ended_at__isnull=False, questions=[]),
                name="comparison_erased_is_empty",
            ),
        )
        indexes = (
            models.Index(fields=["sha256"], name="comparisons_by_hash"),
            models.Index(fields=["received_at"], name="comparisons_to_erase", condition=Q(erased_at__isnull=True)),
        )


class StatementComparisonJob(ReadingJob):
    """The reading of a reconciliation list."""

    upload = models.OneToOneField(StatementComparison, on_delete=models.CASCADE, primary_key=True, related_name="job")


class ListLayoutAnswer(models.Model):
    """Which column means what in a layout of a brand's reconciliation lists, remembered for its next one."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.CharField(max_length=64)
    columns = models.JSONField(default=dict, help_text="column letters → field")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["brand", "fingerprint"], name="list_layout_answered_once"),)


class ComparisonDifference(models.Model):
    """One difference between a list and its statement. Figures are in the order of `comparison.FIGURES`; amounts in fen.

    `line` is the statement's line, null where it has none, where rows of the list are about several lines together, or where they may be
    about a line that the statement does not have; `elsewhere` then has that one.
    """

    comparison = models.ForeignKey(
        StatementComparison, on_delete=models.PROTECT, related_name="differences", db_index=False
    )
    number = models.PositiveIntegerField(help_text="from 1, in the order in which they are shown")
    kind = models.CharField(max_length=14, choices=[(k.value, k.value) for k in DifferenceKind])
    line = models.ForeignKey("orders.OrderLine", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    line_count = models.PositiveIntegerField(help_text="of the statement")
    row_count = models.PositiveIntegerField(help_text="of the list")
    order_no = models.CharField(max_length=60, blank=True)
    goods = models.CharField(max_length=200, blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    row = models.PositiveIntegerField(null=True, help_text="of the list, the first")
    cells = models.JSONField(default=dict, help_text="figure → column letters")
    listed = models.JSONField(help_text="what the list says, null for what it does not")
    stated = models.JSONField(null=True, help_text="what the statement says")
    differing = models.JSONField(default=list, help_text="places of the figures that differ")
    elsewhere = models.ForeignKey(
        Statement,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="another statement with lines of the order, where only the list has the line",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["comparison", "number"], name="difference_once_per_comparison"),
            models.CheckConstraint(
                condition=(
                    Q(kind="only_list", stated__isnull=True, line_count=0)
                    | ~Q(kind="only_list") & Q(stated__isnull=False)
                )
                & (Q(line__isnull=True) | Q(line_count=1)),
                name="difference_has_its_sides",
            ),
        )
