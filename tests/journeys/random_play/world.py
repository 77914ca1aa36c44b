"""Where the random play takes place: two brands with live sales, one of them with freight, and members who invite each other."""

from dataclasses import dataclass, field

from accounts.rules import Actor
from brands import services as brands
from flashsales.rules.freight import FreightTerms
from flashsales.services.freight import set_brand_freight
from inventory.models import Sku
from tests.builders import Daigou, Marketplace

STYLES = 4
COLOURS = ("黑", "白")
SIZES = ("M", "L")
RESELLERS = 5


@dataclass
class World:
    market: Marketplace = field(default_factory=Marketplace)
    clerks: dict[int, Actor] = field(default_factory=dict)
    """The clerk of each brand."""
    resellers: list[Daigou] = field(default_factory=list)
    by_reseller: dict[int, Daigou] = field(default_factory=dict)

    def __post_init__(self) -> None:
        market = self.market
        self.clerks[market.brand_id] = market.clerk
        other = market.brand(commission_rate="0.25")
        self.clerks[other] = market.new_clerk(other)
        brands.set_return_address(
            actor=market.clerk, brand_id=market.brand_id, return_address="杭州市余杭区仓前路 1 号", now=market.now
        )
        terms = FreightTerms(first_fen=9_00, further_fen=3_00, free_from_units=4, return_fen=10_00)
        set_brand_freight(actor=market.ops, brand_id=other, terms=terms, now=market.now)
        for brand_id in self.clerks:
            self._stock(brand_id)
        for _ in range(RESELLERS):
            self.add(market.reseller(wallet_fen=8_000_00))

    def add(self, reseller: Daigou) -> None:
        self.resellers.append(reseller)
        self.by_reseller[reseller.id] = reseller

    def clerk_of(self, brand_id: int) -> Actor:
        return self.clerks[brand_id]

    def skus_of(self, brand_id: int) -> list[int]:
        return list(Sku.objects.filter(brand_id=brand_id).order_by("pk").values_list("pk", flat=True))

    def _stock(self, brand_id: int) -> None:
        """Styles in two colours and two sizes; half of them are sold out within an evening."""
        skus = [
            self.market.sku(
                brand_id=brand_id,
                units=400 if style % 2 else 12,
                style_no=f"P{brand_id}-{style}",
                colour=colour,
                size=size,
                base_price_fen=60_00 + 37_33 * style,
            )
            for style in range(STYLES)
            for colour in COLOURS
            for size in SIZES
        ]
        self.market.sale(*skus, units=6, brand_id=brand_id, item_limit=20)
