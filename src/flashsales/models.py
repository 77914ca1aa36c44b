from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value

from flashsales import job_models  # noqa: F401 - Django looks for the tables of an app here
from flashsales.rules import SaleState
from flashsales.rules.freight import ReturnPayer
from flashsales.rules.saved_filters import MAX_FILTER_NAME
from flashsales.rules.waiting import MAX_SOURCE, ReservationOutcome, WaitingEnd
from flashsales.rules.waiting_room import MAX_RATE
from membership.rules.tiers import TIER_COUNT


class Sale(models.Model):
    """A brand's sale. Its window is `[starts_at, ends_at)`; `closed_at` is when its unsold units were returned."""

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="sales")
    title = models.CharField(max_length=80)
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in SaleState], default=SaleState.DRAFT.value
    )
    preview_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    markdown_ends_at = models.DateTimeField(
        null=True, help_text="where the markdown schedule ends, if not with the sale: its steps keep their instants"
    )
    opening_delays = ArrayField(
        models.PositiveSmallIntegerField(),
        null=True,
        help_text="by tier the minutes from `starts_at` to its opening (rules.head_start); null: it opens for all at once",
    )
    limit_units = models.PositiveIntegerField(null=True, help_text="purchase limit of the whole sale for one reseller")
    terms = models.JSONField(default=dict, help_text="pricing.rules.SaleTerms")
    price_list = models.OneToOneField(
        "pricing.PriceList", null=True, on_delete=models.PROTECT, related_name="sale", help_text="frozen at publication"
    )
    draft_price_list = models.ForeignKey(
        "pricing.PriceList",
        null=True,
        on_delete=models.PROTECT,
        related_name="draft_sales",
        help_text="the prices that ops last agreed to; publication freezes a list of its own",
    )
    freight_terms = models.ForeignKey(
        "flashsales.SaleFreightTerms",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="frozen at publication; null: free shipping",
    )
    rerun_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reruns")
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    listed_sizes = ArrayField(
        models.CharField(max_length=20), null=True, help_text="the sizes of its styles; null before publication"
    )
    listed_category_ids = ArrayField(
        models.BigIntegerField(), null=True, help_text="the categories of its styles; null before publication"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at"), preview_at__lte=F("starts_at")), name="sale_window_valid"
            ),
            models.CheckConstraint(
                condition=~Q(state=SaleState.PUBLISHED.value) | Q(price_list__isnull=False),
                name="sale_published_has_prices",
            ),
            models.CheckConstraint(
                condition=Q(opening_delays__isnull=True) | Q(opening_delays__len=TIER_COUNT),
                name="sale_delay_of_each_tier",
            ),
        )
        indexes = (
            models.Index(fields=["state", "ends_at"], name="sales_by_end"),
            models.Index(fields=["brand", "id"], name="sales_of_brand"),
        )


class SaleItem(models.Model):
    """A SKU in a sale. `planned` before publication; then the units of SALE-3.

    `sale_window` is the sale's window once published; an exclusion constraint on it keeps a SKU out of two sales at one instant (SALE-2).
    """

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="items")
    sku = models.ForeignKey("inventory.Sku", on_delete=models.PROTECT, related_name="sale_items")
    style = models.ForeignKey("inventory.Style", on_delete=models.PROTECT, related_name="+")
    planned = models.PositiveIntegerField()
    allotted = models.IntegerField(default=0)
    available = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    sold = models.IntegerField(default=0)
    returned = models.IntegerField(default=0)
    limit_units = models.PositiveIntegerField(null=True, help_text="purchase limit of this SKU for one reseller")
    sale_window = DateTimeRangeField(null=True)
    is_drawn = models.BooleanField(
        default=False, db_default=False, help_text="its units are given out by the draw of the sale (SALE-25)"
    )
    draw_units = models.IntegerField(default=0, db_default=0, help_text="of the held ones those that wait for the draw")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sale", "sku"], name="sale_item_once"),
            models.CheckConstraint(
                condition=Q(draw_units=0) | Q(is_drawn=True, draw_units__gt=0, draw_units__lte=F("held")),
                name="sale_item_draw_units_valid",
            ),
            models.CheckConstraint(
                condition=Q(
                    available__gte=0, held__gte=0, sold__gte=0, allotted=F("available") + F("held") + F("sold")
                ),
                name="sale_item_units_valid",
            ),
        )
        indexes = (models.Index(fields=["sale", "style"], name="sale_items_of_style"),)


class SaleReminder(models.Model):
    """A reseller who wants to be told shortly before a sale opens (SALE-10)."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="+", db_index=False)
    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["sale", "reseller"], name="sale_reminder_once"),)


class AnnouncedOpening(models.Model):
    """A tier whose members were told that a sale has opened for them, before it opened for all (SALE-19)."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="+", db_index=False)
    tier = models.PositiveSmallIntegerField()
    announced_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["sale", "tier"], name="opening_announced_once"),)


class WaitingRoom(models.Model):
    """Before its sale lets resellers grab it admits them one after another (SALE-24). A sale without a row has none."""

    sale = models.OneToOneField(Sale, on_delete=models.PROTECT, primary_key=True, related_name="waiting_room")
    rate = models.PositiveSmallIntegerField(help_text="resellers who are admitted per second")
    next_admission_at = models.DateTimeField(
        null=True, help_text="the next one is admitted no earlier; null: nobody was yet"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(rate__gte=1, rate__lte=MAX_RATE), name="waiting_room_rate_in_range"),
        )


class RoomTicket(models.Model):
    """The place of a reseller in the waiting room of a sale."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="+", db_index=False)
    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()
    opens_at = models.DateTimeField(help_text="when the sale opens for her, by her tier when she drew it")
    admitted_from = models.DateTimeField(
        null=True, help_text="null before the sale opens for her: places are given then"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sale", "reseller"], name="room_ticket_once"),
            models.CheckConstraint(
                condition=Q(admitted_from__isnull=True) | Q(admitted_from__gte=F("opens_at")),
                name="room_ticket_after_opening",
            ),
        )
        indexes = (
            models.Index(
                fields=["sale", "opens_at"],
                name="room_tickets_without_place",
                condition=Q(admitted_from__isnull=True),
            ),
        )


class Draw(models.Model):
    """The draw of a sale (SALE-25). Times, seed and commitment are fixed at the publication, the digest when it is drawn."""

    sale = models.OneToOneField(Sale, on_delete=models.PROTECT, primary_key=True, related_name="draw")
    entry_minutes = models.PositiveIntegerField(help_text="from the opening for all until the entries close")
    order_minutes = models.PositiveIntegerField(help_text="so long winners may order what is reserved for them")
    commitment = models.CharField(max_length=64, blank=True, default="", help_text="rules.draw.commitment_to the seed")
    seed = models.CharField(max_length=64, blank=True, default="", help_text="in hexadecimal; secret until it is drawn")
    opens_at = models.DateTimeField(null=True, help_text="entries are taken in [opens_at, closes_at)")
    closes_at = models.DateTimeField(null=True)
    drawn_at = models.DateTimeField(null=True)
    entries_digest = models.CharField(max_length=64, blank=True, default="", help_text="rules.draw.digest_of_entries")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True, closes_at__isnull=True, commitment="", seed="")
                | Q(opens_at__lt=F("closes_at")) & ~Q(commitment="") & ~Q(seed=""),
                name="draw_commits_before_entries",
            ),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True, entries_digest="")
                | Q(drawn_at__gte=F("closes_at")) & ~Q(entries_digest=""),
                name="draw_after_close",
            ),
        )
        indexes = (models.Index(fields=["closes_at"], name="draws_not_drawn", condition=Q(drawn_at__isnull=True)),)


class DrawEntry(models.Model):
    """A reseller who takes part in the draw of an item. Its id is the number under which its result is published."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(SaleItem, on_delete=models.PROTECT, related_name="+", db_index=False)
    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+", db_index=False)
    units = models.PositiveIntegerField()
    entered_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    rank = models.PositiveIntegerField(null=True, help_text="rules.draw.rank_entries; null before it is drawn")
    won_units = models.PositiveIntegerField(null=True, help_text="reserved for it at the draw; null before")
    limit_units = models.PositiveIntegerField(
        null=True, help_text="what limits, terms or a deactivated account left it, where that was fewer than its place"
    )
    waiting_entry = models.OneToOneField(
        "flashsales.WaitingEntry",
        null=True,
        on_delete=models.PROTECT,
        related_name="draw_entry",
        help_text="with its place in line",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["item", "reseller"], name="draw_entry_once", condition=Q(withdrawn_at__isnull=True)
            ),
            models.UniqueConstraint(fields=["item", "rank"], name="draw_entry_rank_once"),
            models.CheckConstraint(condition=Q(units__gte=1), name="draw_entry_units_positive"),
            models.CheckConstraint(
                condition=Q(won_units__isnull=True) | Q(rank__isnull=False, won_units__lte=F("units")),
                name="draw_entry_won_units_valid",
            ),
        )
        indexes = (
            models.Index(fields=["draw", "item"], name="draw_entries_of_draw"),
            models.Index(fields=["reseller", "-id"], name="draw_entries_of_reseller"),
        )


class HeroPin(models.Model):
    """Ops' choice of the sale at the top of the first page, from an instant to another (SALE-16). A sale has one at most."""

    sale = models.OneToOneField(Sale, on_delete=models.PROTECT, related_name="hero_pin")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="hero_pin_period_valid"),
            ExclusionConstraint(
                name="hero_pin_one_at_a_time",
                expressions=[
                    (
                        Func("starts_at", "ends_at", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    )
                ],
            ),
        )


class SavedFilter(models.Model):
    """A filter of the finder that a reseller keeps under a name (SALE-17). Styles of sales that opened after `looked_at` are new to her."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=MAX_FILTER_NAME)
    name_key = models.CharField(max_length=4 * MAX_FILTER_NAME, help_text="rules.saved_filters.name_key")
    filters = models.JSONField(help_text="rules.saved_filters.to_json")
    saved_at = models.DateTimeField()
    looked_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["reseller", "name_key"], name="saved_filter_name_once"),)


class WaitingEntry(models.Model):
    """A reseller who waits for units of a sold-out item (SALE-13). Entries of an item are served in the order of `asked_at`."""

    item = models.ForeignKey(SaleItem, on_delete=models.PROTECT, related_name="+", db_index=False)
    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+", db_index=False)
    units = models.PositiveIntegerField()
    taken_units = models.PositiveIntegerField(default=0, help_text="that were reserved for it, and ordered")
    source = models.CharField(
        max_length=MAX_SOURCE,
        blank=True,
        default="",
        help_text='for whom, such as wish:7 or recipient:3; "" for herself',
    )
    asked_at = models.DateTimeField()
    rests_until = models.DateTimeField(
        null=True, help_text="gets nothing before: a reservation lapsed at night (SALE-14)"
    )
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(
        max_length=10, blank=True, default="", choices=[(each.value, each.value) for each in WaitingEnd]
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["item", "reseller", "source"], name="waiting_entry_once", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(units__gte=1, taken_units__lte=F("units")), name="waiting_entry_units_in_range"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="") | Q(ended_at__isnull=False) & ~Q(end=""),
                name="waiting_entry_end_has_reason",
            ),
        )
        indexes = (
            models.Index(
                fields=["item", "asked_at", "id"], name="waiting_entries_of_item", condition=Q(ended_at__isnull=True)
            ),
            models.Index(fields=["reseller", "-id"], name="waiting_entries_of_reseller"),
        )


class Reservation(models.Model):
    """Units of an item that are held for an entry of the waiting list until she orders them, declines or `until` passes (SALE-13)."""

    entry = models.ForeignKey(WaitingEntry, on_delete=models.PROTECT, related_name="reservations")
    item = models.ForeignKey(SaleItem, on_delete=models.PROTECT, related_name="+", db_index=False)
    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+", db_index=False)
    units = models.PositiveIntegerField()
    reserved_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=8, blank=True, default="", choices=[(each.value, each.value) for each in ReservationOutcome]
    )
    taken_units = models.PositiveIntegerField(default=0, help_text="of them those that were ordered")
    taken_by = models.CharField(max_length=40, blank=True, default="", help_text="what took them, such as order:12")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["item", "reseller"], name="reservation_once_per_size", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(units__gte=1, taken_units__lte=F("units")), name="reservation_units_in_range"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="", taken_units=0)
                | Q(ended_at__isnull=False) & ~Q(outcome=""),
                name="reservation_end_has_outcome",
            ),
        )
        indexes = (
            models.Index(fields=["until"], name="reservations_open", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["reseller"], name="reservations_of_reseller", condition=Q(ended_at__isnull=True)),
        )


class StyleQuantityTerms(models.Model):
    """In which quantities a style is ordered (SALE-9): in all sales, or, where a sale is named, in that sale instead."""

    style = models.ForeignKey("inventory.Style", on_delete=models.PROTECT, related_name="+", db_index=False)
    sale = models.ForeignKey(Sale, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    terms = models.JSONField(help_text="flashsales.rules.QuantityTerms")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["style", "sale"], name="quantity_terms_once", nulls_distinct=False),
        )
        indexes = (models.Index(fields=["sale"], name="quantity_terms_of_sale", condition=Q(sale__isnull=False)),)


class SaleFreightTerms(models.Model):
    """What shipping and returns cost (SALE-18): of a brand from `entered_at` on, or, where `for_sale` is named, of that sale instead.

    Rows of a brand are never changed: sales that were published keep theirs.
    """

    brand = models.ForeignKey("brands.Brand", on_delete=models.PROTECT, related_name="freight_terms", db_index=False)
    for_sale = models.OneToOneField(Sale, null=True, on_delete=models.PROTECT, related_name="own_freight_terms")
    first_fen = models.BigIntegerField()
    further_fen = models.BigIntegerField()
    free_from_fen = models.BigIntegerField(null=True)
    free_from_units = models.IntegerField(null=True)
    return_fen = models.BigIntegerField()
    fault_payer = models.CharField(max_length=10, choices=[(each.value, each.value) for each in ReturnPayer])
    no_reason_payer = models.CharField(max_length=10, choices=[(each.value, each.value) for each in ReturnPayer])
    surcharges = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        help_text="by province, beside the freight: ProvinceSurcharge (SALE-23)",
    )
    no_delivery = ArrayField(
        models.CharField(max_length=10), default=list, db_default=Value("{}"), help_text="provinces that get no goods"
    )
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(first_fen__gte=F("further_fen"), further_fen__gte=0, return_fen__gte=0),
                name="freight_terms_not_negative",
            ),
        )
        indexes = (
            models.Index(fields=["brand", "-id"], name="freight_terms_of_brand", condition=Q(for_sale__isnull=True)),
        )


class SaleTally(models.Model):
    """How many units of a sale one reseller holds or has bought; the sale's purchase limit is checked against it."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="+")
    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+")
    units = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sale", "reseller"], name="sale_tally_once"),
            models.CheckConstraint(condition=Q(units__gte=0), name="sale_tally_not_negative"),
        )


class ItemTally(models.Model):
    """How many units of a sale item one reseller holds or has bought."""

    item = models.ForeignKey(SaleItem, on_delete=models.PROTECT, related_name="+")
    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+")
    units = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["item", "reseller"], name="item_tally_once"),
            models.CheckConstraint(condition=Q(units__gte=0), name="item_tally_not_negative"),
        )


class StyleListing(models.Model):
    """A style in a sale as one tier sees it in lists. Frozen at publication, so that a page of a list is one index scan."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="style_listings")
    style = models.ForeignKey("inventory.Style", on_delete=models.PROTECT, related_name="+")
    tier = models.PositiveSmallIntegerField()
    category_id = models.BigIntegerField(null=True)
    from_price_fen = models.BigIntegerField()
    lowest_fen = models.BigIntegerField(
        default=0, help_text="where a markdown schedule stops for the SKU that costs least"
    )
    tag_price_fen = models.BigIntegerField()
    label_cut = models.BooleanField(help_text="whether any of its SKUs has its label cut")
    sizes = ArrayField(models.CharField(max_length=20))

    class Meta:
        constraints = (models.UniqueConstraint(fields=["sale", "style", "tier"], name="style_listing_once"),)
        indexes = (models.Index(fields=["tier", "sale", "from_price_fen", "id"], name="style_listings_by_price"),)


class StyleSearch(models.Model):
    """A style of a published sale as the finder knows it (SALE-11, SALE-12): written at publication, deleted when the sale closes.

    Lists by tier have one element for each tier, in their order; prices are the frozen ones, in fen. `units` and what follows from them
    are those of at most two seconds ago: `services.finding.count_changed_styles` counts them again. What is null was not written by the
    release before, and is completed by the same job.
    """

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="+", db_index=False)
    style = models.ForeignKey("inventory.Style", on_delete=models.PROTECT, related_name="+", db_index=False)
    tokens = SearchVectorField(help_text="flashsales.rules.finder.tokens_of")
    brand_id = models.BigIntegerField(null=True)
    category_id = models.BigIntegerField(null=True)
    starts_at = models.DateTimeField(null=True, help_text="the window of the sale")
    ends_at = models.DateTimeField(null=True)
    prices = ArrayField(models.BigIntegerField(), null=True, help_text="the lowest of its SKUs by tier")
    lowest_prices = ArrayField(
        models.BigIntegerField(), null=True, help_text="where a markdown schedule stops for that SKU, by tier"
    )
    percents = ArrayField(
        models.BigIntegerField(), null=True, help_text="by tier the price in hundredths of a percent of the tag price"
    )
    tag_price_fen = models.BigIntegerField(null=True)
    label_cut = models.BooleanField(null=True, help_text="whether any of its SKUs has its label cut")
    has_schedule = models.BooleanField(null=True, help_text="whether its sale has a markdown schedule")
    units = models.IntegerField(null=True, help_text="available in all sizes")
    taken_units = models.IntegerField(null=True, help_text="held or sold")
    left_sizes = ArrayField(models.CharField(max_length=20), null=True, help_text="sizes with available units")
    left_units = ArrayField(models.IntegerField(), null=True, help_text="the units of each of `left_sizes`")
    facets = ArrayField(models.CharField(max_length=30), null=True, help_text="flashsales.rules.finder.facets_of")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["sale", "style"], name="style_search_once"),)
        indexes = (
            GinIndex(fields=["tokens"], name="style_searches_by_token"),
            GinIndex(fields=["facets"], name="style_searches_by_facet"),
            *(models.Index(F(f"prices__{tier}"), F("id"), name=f"style_searches_by_price_{tier}") for tier in range(6)),
            *(
                models.Index(F(f"percents__{tier}"), F("id"), name=f"style_searches_percent_{tier}")
                for tier in range(6)
            ),
            models.Index(fields=["starts_at", "id"], name="style_searches_by_start"),
            models.Index(fields=["units", "id"], name="style_searches_by_units"),
            models.Index(fields=["taken_units", "id"], name="style_searches_by_taken"),
            models.Index(fields=["category_id"], name="style_searches_of_category"),
            models.Index(fields=["brand_id"], name="style_searches_of_brand"),
            models.Index(fields=["sale"], name="style_searches_incomplete", condition=Q(prices__isnull=True)),
            models.Index(fields=["sale"], name="style_searches_scheduled", condition=Q(has_schedule=True)),
        )


class StyleUnitsChange(models.Model):
    """A style of a sale whose available units have changed since the finder counted them. A trigger inserts rows, a job deletes them."""

    sale_id = models.BigIntegerField()
    style_id = models.BigIntegerField()
