"""Tables of pricing: the rules of ops, which are only ended or withdrawn, never changed, and the frozen price lists of sales."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from pricing.rules.controls import Action, Scope


class RuleDraft(models.Model):
    """A set of rules that is not in force: ops tries it in the simulator, then adopts or discards it."""

    name = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField(null=True)
    discarded_at = models.DateTimeField(null=True)


class PlatformTerms(models.Model):
    """The platform's terms from an instant on: discounts of trial … VIP5, minimum margin, price ending (PRICE-4, 5, 8)."""

    from_at = models.DateTimeField()
    discounts = ArrayField(models.DecimalField(max_digits=5, decimal_places=4), size=6)
    margin_rate = models.DecimalField(max_digits=5, decimal_places=4)
    ending = models.CharField(max_length=6)
    draft = models.ForeignKey(RuleDraft, null=True, on_delete=models.PROTECT, related_name="terms")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["from_at", "draft"], nulls_distinct=False, name="platform_terms_once"),
            models.CheckConstraint(condition=Q(margin_rate__gte=0, margin_rate__lt=1), name="platform_margin_a_share"),
        )


class CommissionRule(models.Model):
    """The platform's share of the base price for a brand, a category, or both, from an instant on (PRICE-3)."""

    brand = models.ForeignKey("brands.Brand", null=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey("inventory.Category", null=True, on_delete=models.PROTECT, related_name="+")
    rate = models.DecimalField(max_digits=5, decimal_places=4)
    from_at = models.DateTimeField()
    draft = models.ForeignKey(RuleDraft, null=True, on_delete=models.PROTECT, related_name="commissions")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(brand__isnull=False) | Q(category__isnull=False), name="commission_speaks_of_something"
            ),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lt=1), name="commission_a_share"),
            models.UniqueConstraint(
                fields=["brand", "category", "from_at", "draft"], nulls_distinct=False, name="commission_once"
            ),
        )


class PriceControl(models.Model):
    """A brand's floor for its labelled goods, and what happens to goods below it (PRICE-6)."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="controls")
    scope = models.PositiveSmallIntegerField(choices=[(scope.value, scope.name) for scope in Scope])
    category = models.ForeignKey("inventory.Category", null=True, on_delete=models.PROTECT, related_name="+")
    season = models.CharField(max_length=20, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    style = models.ForeignKey("inventory.Style", null=True, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    floor_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    floor_fen = models.BigIntegerField(null=True)
    action = models.PositiveSmallIntegerField(choices=[(action.value, action.name) for action in Action])
    cut_rate = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    draft = models.ForeignKey(RuleDraft, null=True, on_delete=models.PROTECT, related_name="controls")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["brand", "scope", "category", "season", "year", "style", "starts_on", "draft"],
                condition=Q(withdrawn_at=None),
                nulls_distinct=False,
                name="control_once_per_scope_and_day",
            ),
            models.CheckConstraint(
                condition=Q(scope=Scope.BRAND.value, category=None, season="", year=None, style=None)
                | Q(scope=Scope.CATEGORY.value, category__isnull=False, season="", year=None, style=None)
                | (Q(scope=Scope.SEASON.value, category=None, style=None) & ~Q(season=""))
                | Q(scope=Scope.STYLE.value, category=None, season="", year=None, style__isnull=False),
                name="control_scope_named",
            ),
            models.CheckConstraint(
                condition=Q(floor_rate__gt=0, floor_rate__lte=1, floor_fen=None) | Q(floor_rate=None, floor_fen__gt=0),
                name="control_has_one_floor",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="control_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(cut_rate=0) | Q(cut_rate__gt=0, cut_rate__lt=1, action=Action.CUT.value),
                name="control_reduces_only_cut_goods",
            ),
        )


class PriceList(models.Model):
    """The prices of a sale, computed for the instant `at` and never changed afterwards (PRICE-11).

    `terms` are the resolved terms (`pricing.rules.ListTerms`), so that its prices can be explained whatever happens to the rules.
    """

    frozen_at = models.DateTimeField()
    at = models.DateTimeField()
    terms = models.JSONField()
    priced = models.IntegerField()
    excluded = models.IntegerField()
    frozen_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")


class PriceListItem(models.Model):
    """The price inputs of one SKU in a list, and the rules that they come from. From this row and the list's terms `rules.quote` computes
    the steps of the six prices to the same fen (PRICE-12). An excluded SKU has an item and no rows."""

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="items", db_index=False)
    sku = models.ForeignKey("inventory.Sku", on_delete=models.PROTECT, related_name="+", db_index=False)
    tag_price_fen = models.BigIntegerField()
    base_price_fen = models.BigIntegerField()
    commission_rate = models.DecimalField(max_digits=5, decimal_places=4)
    commission_source = models.PositiveSmallIntegerField(help_text="pricing.rules.CommissionSource")
    commission_rule = models.ForeignKey(
        CommissionRule, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    control = models.ForeignKey(PriceControl, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    floor_fen = models.BigIntegerField(null=True)
    action = models.PositiveSmallIntegerField(null=True)
    cut_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    excluded = models.BooleanField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["price_list", "sku"], name="price_list_item_once"),)


class PriceListRow(models.Model):
    """What one tier pays for one SKU of a list. Every page of goods reads this table, so it is narrow. One statement writes all
    rows of a list; foreign keys are checked on the items only. `lowest_fen` is where a markdown schedule stops: the minimum price and,
    for labelled goods, the floor."""

    price_list = models.ForeignKey(
        PriceList, on_delete=models.PROTECT, related_name="rows", db_index=False, db_constraint=False
    )
    sku = models.ForeignKey(
        "inventory.Sku", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    tier = models.PositiveSmallIntegerField()
    wholesale_fen = models.BigIntegerField()
    labelling = models.CharField(max_length=4, choices=[("kept", "kept"), ("cut", "cut")])
    retail_floor_fen = models.BigIntegerField(null=True)
    lowest_fen = models.BigIntegerField()
    brand_payable_fen = models.BigIntegerField()
    commission_fen = models.BigIntegerField()
    tag_price_fen = models.BigIntegerField()
    base_price_fen = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["price_list", "sku", "tier"], name="price_list_row_once"),
            models.CheckConstraint(
                condition=Q(
                    tier__lte=5,
                    wholesale_fen__gte=F("lowest_fen"),
                    lowest_fen__gte=F("brand_payable_fen"),
                    commission_fen=F("wholesale_fen") - F("brand_payable_fen"),
                ),
                name="price_list_row_adds_up",
            ),
            models.CheckConstraint(condition=Q(wholesale_fen__gte=1), name="price_list_row_above_zero"),
        )
