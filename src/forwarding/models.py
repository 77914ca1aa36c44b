from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from forwarding.rules.channels import MAX_CHANNEL_NAME, MAX_CODE, ShareKind
from forwarding.rules.packs import PackState, SoldOut
from forwarding.rules.pages import MAX_SELECTED_STYLES
from forwarding.rules.pricing import MAX_ADDED_FEN, MAX_FACTOR, MIN_FACTOR, PriceEnding, RoundingDirection
from forwarding.rules.storefront import MAX_STOREFRONT_NAME, MAX_STOREFRONT_NOTICE
from forwarding.rules.wishes import MAX_ADDRESS, MAX_WISH_UNITS, WishState


class RetailPrice(models.Model):
    """The price that a reseller asks of her customers for a style of a sale."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="retail_prices")
    sale = models.ForeignKey("flashsales.Sale", on_delete=models.PROTECT, related_name="+")
    style = models.ForeignKey("inventory.Style", on_delete=models.PROTECT, related_name="+")
    price_fen = models.BigIntegerField()
    set_at = models.DateTimeField()
    by_rule = models.BooleanField(
        default=False,
        db_default=False,
        help_text="it is what a rule gave; a price of her own stays when a rule is applied",
    )
    cost_fen = models.BigIntegerField(
        null=True,
        help_text="what the most expensive SKU cost her when she set it; None for a price from before it was kept",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reseller", "sale", "style"], name="retail_price_once"),
            models.CheckConstraint(condition=Q(price_fen__gt=0), name="retail_price_positive"),
        )


class RetailPriceChange(models.Model):
    """A retail price from an instant on; None where it was removed. The last one is the price (FORWARD-14)."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+", db_index=False)
    sale = models.ForeignKey("flashsales.Sale", on_delete=models.PROTECT, related_name="+", db_index=False)
    style = models.ForeignKey("inventory.Style", on_delete=models.PROTECT, related_name="+", db_index=False)
    price_fen = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["reseller", "sale", "style", "-id"], name="retail_price_history"),)


class PriceRule(models.Model):
    """How a reseller's retail prices follow from cost: cost × factor + amount, rounded to an ending (FORWARD-13).

    `sale` null holds for all sales, `category` null for all categories.
    """

    reseller = models.ForeignKey(
        "membership.Reseller", on_delete=models.PROTECT, related_name="price_rules", db_index=False
    )
    sale = models.ForeignKey("flashsales.Sale", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.ForeignKey(
        "inventory.Category", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    factor = models.DecimalField(max_digits=4, decimal_places=2)
    add_fen = models.BigIntegerField()
    ending = models.CharField(max_length=12, choices=[(e.value, e.value) for e in PriceEnding])
    direction = models.CharField(max_length=4, choices=[(d.value, d.value) for d in RoundingDirection])
    set_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["reseller", "sale", "category"], name="price_rule_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(factor__gte=MIN_FACTOR, factor__lte=MAX_FACTOR, add_fen__gte=0, add_fen__lte=MAX_ADDED_FEN),
                name="price_rule_in_range",
            ),
        )


class Forward(models.Model):
    """A sale, one style of it, or a selection of styles that a reseller forwards. Whoever has the token may open the page.

    A selection has its styles in `selected_styles`; its `sale` is the one that ended last when it was made, its `style` is null.
    One without a sale is an address of her storefront, stopped once another address has taken its place (FORWARD-19).
    """

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="forwards")
    sale = models.ForeignKey("flashsales.Sale", null=True, on_delete=models.PROTECT, related_name="+")
    style = models.ForeignKey("inventory.Style", null=True, on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=24, unique=True)
    selection = models.CharField(
        max_length=64,
        default="",
        db_default="",
        help_text='a digest of the selected styles in their order; "" for others',
    )
    sold_out = models.CharField(
        max_length=12,
        choices=[(each.value, each.value) for each in SoldOut],
        default=SoldOut.ALWAYS.value,
        db_default=SoldOut.ALWAYS.value,
        help_text="what is done with sizes that are sold out",
    )
    sold_out_hours = models.PositiveSmallIntegerField(
        default=12, db_default=12, help_text="where they are shown at first"
    )
    remark = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="what she says of the goods"
    )
    views = models.PositiveIntegerField(default=0, help_text="one per visitor and hour")
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["reseller", "sale", "style"],
                name="forward_page_once",
                condition=Q(stopped_at__isnull=True, selection=""),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["reseller", "selection"],
                name="forward_selection_once",
                condition=Q(stopped_at__isnull=True) & ~Q(selection=""),
            ),
        )
        indexes = (models.Index(fields=["reseller", "-id"], name="forwards_of_reseller"),)


class Storefront(models.Model):
    """A reseller's storefront 店铺: all that she offers now on one lasting page (FORWARD-19). Its address is a forward without a sale."""

    reseller = models.OneToOneField("membership.Reseller", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=MAX_STOREFRONT_NAME)
    notice = models.CharField(max_length=MAX_STOREFRONT_NOTICE, blank=True, help_text="what she tells her customers")
    shows_previews = models.BooleanField(default=False, help_text="with the goods of sales that have not begun")
    shows_sold_out = models.BooleanField(default=True, help_text="with styles of which nothing is left")
    category_order = ArrayField(models.BigIntegerField(), default=list, help_text="categories in the order of the page")
    hidden_categories = ArrayField(models.BigIntegerField(), default=list)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)


class SellerPicture(models.Model):
    """The picture 头像 of a reseller that her customers see (FORWARD-27). It lies in the store under its hash."""

    reseller = models.OneToOneField("membership.Reseller", on_delete=models.CASCADE, related_name="seller_picture")
    sha256 = models.CharField(max_length=64, db_index=True)
    set_at = models.DateTimeField()


class ForwardStyle(models.Model):
    """A style of a selection that is forwarded, with the sale that offers it; `position` counts from 1 and is its number on the page."""

    forward = models.ForeignKey(Forward, on_delete=models.PROTECT, related_name="selected_styles", db_index=False)
    sale = models.ForeignKey("flashsales.Sale", on_delete=models.PROTECT, related_name="+", db_index=False)
    style = models.ForeignKey("inventory.Style", on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["forward", "position"], name="forward_style_at_one_position"),
            models.UniqueConstraint(fields=["forward", "style"], name="forward_style_once"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MAX_SELECTED_STYLES), name="forward_style_position_in_range"
            ),
        )


class Pack(models.Model):
    """Pictures of a forward, drawn from `content` and stored under its key (FORWARD-15)."""

    forward = models.ForeignKey(Forward, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64, help_text="SHA-256 of the content")
    content = models.JSONField(help_text="PackContent: what customers may see")
    state = models.CharField(
        max_length=8,
        choices=[(each.value, each.value) for each in PackState],
        default=PackState.WAITING.value,
    )
    requested_at = models.DateTimeField(db_index=True)
    made_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, help_text="until then a worker draws it")
    files = models.JSONField(default=list, help_text="name and bytes of each file, in their order")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["forward", "key"], name="pack_once_per_content"),)
        indexes = (
            models.Index(fields=["id"], name="packs_waiting", condition=Q(state=PackState.WAITING.value)),
            models.Index(fields=["key"], name="packs_by_key"),
        )


class Visit(models.Model):
    """A visit of this hour to the page of a forward: further visits of the same visitor are not counted. Deleted soon after."""

    forward = models.ForeignKey(Forward, on_delete=models.CASCADE, related_name="+", db_index=False)
    visitor = models.CharField(
        max_length=32, unique=True, help_text="a keyed hash of page, hour, network address and browser"
    )
    seen_at = models.DateTimeField(db_index=True)


class ViewCount(models.Model):
    """The views of a forward in one channel on one day in Shanghai, of which `Forward.views` is the sum (FORWARD-21)."""

    forward = models.ForeignKey(Forward, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=MAX_CODE, help_text='the code of the visited address; "" where it had none')
    date = models.DateField()
    views = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["forward", "date", "channel"], name="view_count_once"),
            models.CheckConstraint(condition=Q(views__gt=0), name="view_count_positive"),
        )


class ShareChannel(models.Model):
    """A channel that a reseller named herself, as 「宝妈群」. A removed one keeps its counts, and its code in addresses that are about."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=MAX_CODE)
    name = models.CharField(max_length=MAX_CHANNEL_NAME)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reseller", "code"], name="share_channel_code_once"),
            models.UniqueConstraint(
                fields=["reseller", "name"], name="share_channel_name_once", condition=Q(removed_at__isnull=True)
            ),
        )


class Share(models.Model):
    """That a reseller took a page along to share it: what, when and to which channel. Who receives it is not known (FORWARD-21)."""

    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="+", db_index=False)
    forward = models.ForeignKey(Forward, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=4, choices=[(each.value, each.value) for each in ShareKind])
    channel = models.CharField(max_length=MAX_CODE, blank=True, help_text='"" where she chose none')
    shared_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["reseller", "-shared_at"], name="shares_of_reseller"),
            models.Index(fields=["forward", "-shared_at"], name="shares_of_forward"),
        )


class SharedStyle(models.Model):
    """A style that the page showed when it was shared, with the sale that offered it; a storefront as a whole has none."""

    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="styles", db_index=False)
    sale = models.ForeignKey("flashsales.Sale", on_delete=models.PROTECT, related_name="+", db_index=False)
    style = models.ForeignKey("inventory.Style", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["share", "style"], name="shared_style_once"),)
        indexes = (models.Index(fields=["sale", "style"], name="shares_of_style"),)


class SharingChoice(models.Model):
    """Within how many hours a reseller is told that she shares the same goods again (FORWARD-22); 0 never."""

    reseller = models.OneToOneField("membership.Reseller", on_delete=models.PROTECT, related_name="+")
    hint_hours = models.PositiveSmallIntegerField()


class Wish(models.Model):
    """A wish of a customer, left on the page of a forward or read from a group list. It holds only what the reseller needs to answer it.

    `item` and `units` repeat the first line: the release before this one reads and writes them. A wish that it wrote has no lines.
    """

    forward = models.ForeignKey(Forward, on_delete=models.PROTECT, related_name="wishes")
    reseller = models.ForeignKey("membership.Reseller", on_delete=models.PROTECT, related_name="wishes")
    item = models.ForeignKey("flashsales.SaleItem", on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()
    name = models.CharField(max_length=40, help_text="or the name in WeChat")
    phone = models.CharField(max_length=20, blank=True)
    address = models.CharField(
        max_length=MAX_ADDRESS,
        default="",
        db_default="",
        help_text="as the customer typed it, with name and phone in it",
    )
    note = models.CharField(max_length=200, blank=True)
    recipient_name = models.CharField(
        max_length=40, default="", db_default="", help_text="as the reseller corrected it, with the two fields below"
    )
    recipient_phone = models.CharField(max_length=20, default="", db_default="")
    recipient_address = models.CharField(max_length=200, default="", db_default="")
    refusal = models.JSONField(null=True, help_text="why it was not ordered the last time: WishRefusalView")
    token = models.CharField(
        max_length=24, default="", db_default="", help_text="of the customer's private page of the wish"
    )
    channel = models.CharField(
        max_length=MAX_CODE, blank=True, default="", db_default="", help_text="of the address on which it was left"
    )
    key = models.CharField(max_length=64, help_text="of the form that was sent; makes at most one wish")
    visitor = models.CharField(max_length=32, help_text="a keyed hash of the customer's cookie, for the rate limit")
    network = models.CharField(
        max_length=32, blank=True, default="", help_text="a keyed hash of the network, for a coarse rate limit"
    )
    state = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in WishState], default=WishState.NEW.value
    )
    is_waiting = models.BooleanField(
        default=False,
        db_default=False,
        help_text="left for a size that was sold out: its customer waits until units come back (FORWARD-29)",
    )
    told_back_at = models.DateTimeField(
        null=True, help_text="when the reseller was told that units for it are there; of a waiting wish only"
    )
    brand_hidden = models.BooleanField(
        null=True,
        help_text="whether its page hid the brand when it was left; None for a wish from before it was kept",
    )
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["forward", "key"], name="wish_once_per_key"),
            models.CheckConstraint(condition=Q(units__gte=1, units__lte=MAX_WISH_UNITS), name="wish_units_in_range"),
            models.CheckConstraint(
                condition=~Q(state=WishState.ORDERED.value) | Q(order__isnull=False), name="wish_ordered_has_order"
            ),
        )
        indexes = (
            models.Index(fields=["reseller", "state", "-id"], name="wishes_of_reseller"),
            models.Index(fields=["forward", "-created_at"], name="wishes_of_forward"),
            models.Index(fields=["visitor", "-created_at"], name="wishes_of_visitor"),
            models.Index(fields=["network", "-created_at"], name="wishes_of_network", condition=~Q(network="")),
            models.Index(fields=["token"], name="wishes_by_token", condition=~Q(token="")),
            models.Index(fields=["reseller", "id"], name="wishes_waiting", condition=Q(is_waiting=True)),
        )


class WishLine(models.Model):
    """Units of one sale item in a wish. `shown_…` and `retail_fen` are what the customer saw: her private page shows nothing else."""

    wish = models.ForeignKey(Wish, on_delete=models.CASCADE, related_name="lines", db_index=False)
    item = models.ForeignKey("flashsales.SaleItem", on_delete=models.PROTECT, related_name="+", db_index=False)
    units = models.PositiveIntegerField()
    shown_name = models.CharField(max_length=200, default="", db_default="")
    shown_colour = models.CharField(max_length=100, default="", db_default="")
    shown_size = models.CharField(max_length=100, default="", db_default="")
    retail_fen = models.BigIntegerField(null=True, help_text="per unit; None for a wish from before lines existed")
    shown_tag_fen = models.BigIntegerField(null=True, help_text="the tag price that she saw; None for cut goods")
    shown_label_kept = models.BooleanField(null=True, help_text="None for a wish from before it was kept")
    order_line = models.ForeignKey("orders.OrderLine", null=True, on_delete=models.SET_NULL, related_name="+")
    was_ordered = models.BooleanField(
        default=False, db_default=False, help_text="it had an order line; without one now it was taken out of the cart"
    )
    is_awaited = models.BooleanField(
        default=False,
        db_default=False,
        help_text="of a waiting wish: it was sold out when its wish was last not there as a whole (FORWARD-29)",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["wish", "item"], name="wish_line_once"),
            models.CheckConstraint(
                condition=Q(units__gte=1, units__lte=MAX_WISH_UNITS), name="wish_line_units_in_range"
            ),
        )
