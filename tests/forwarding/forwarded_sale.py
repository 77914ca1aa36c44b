"""The set-up of the tests of forwarding: a sale, its reseller, and what she forwards."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from forwarding.rules.wishes import PickedUnits
from forwarding.services import forwards, prices, wishes
from inventory.models import Style
from kernel.period import SHANGHAI
from pricing.rules.controls import Action, ControlFields
from pricing.services.price_rules import create_control
from tests.builders import NOW, Daigou, Marketplace, item_of
from tests.built_once import built_once, built_once_class


@built_once_class
@dataclass
class ForwardedSale:
    """A sale of two styles of the brand 青禾: a coat whose label is cut, and a scarf that keeps its label and a floor of ¥100."""

    market: Marketplace = field(init=False)
    daigou: Daigou = field(init=False)
    coat: int = field(init=False)
    scarf: int = field(init=False)
    coat_sku: int = field(init=False)
    sale_id: int = field(init=False)

    def __post_init__(self) -> None:
        self.market = Marketplace()
        self.market.brand_id = self.market.brand(name="青禾女装")
        self.coat_sku = self.market.sku(
            units=5, tag_price_fen=1000_00, base_price_fen=200_00, style_no="QH-88011", category="women-coats"
        )
        scarf = self.market.sku(
            units=2, tag_price_fen=1000_00, base_price_fen=200_00, style_no="QH-88022", category="hats-scarves"
        )
        Style.objects.filter(style_no="QH-88011").update(name="青禾羊毛大衣 QH-88011")
        for number, action, rate, cut_rate in (
            ("QH-88011", Action.CUT, "0.5", Decimal("0.02")),
            ("QH-88022", Action.RAISE, "0.1", Decimal(0)),
        ):
            create_control(
                actor=self.market.ops,
                now=NOW,
                control=ControlFields(
                    brand_id=self.market.brand_id,
                    action=action,
                    starts_on=NOW.astimezone(SHANGHAI).date(),
                    category_id=Style.objects.get(style_no=number).category_id,
                    floor_rate=Decimal(rate),
                    cut_rate=cut_rate,
                ),
            )
        self.sale_id = self.market.sale(self.coat_sku, scarf, brand_id=self.market.brand_id)
        self.coat, self.scarf = (Style.objects.get(style_no=number).pk for number in ("QH-88011", "QH-88022"))
        self.daigou = self.market.reseller(wallet_fen=2000_00)

    @built_once
    def price(self, style_id: int, fen: int, *, below_cost_confirmed: bool = False) -> None:
        prices.set_retail_price(
            actor=self.daigou.actor, sale_id=self.sale_id, style_id=style_id, price_fen=fen,
            below_cost_confirmed=below_cost_confirmed, now=NOW,
        )  # fmt: skip

    @built_once
    def forward(self, style_id: int | None) -> str:
        return forwards.create_forward(actor=self.daigou.actor, sale_id=self.sale_id, style_id=style_id, now=NOW).token

    @built_once
    def forwarded_coat(self) -> str:
        self.price(self.coat, 699_00)
        return self.forward(self.coat)

    @built_once
    def wish(
        self,
        token: str,
        *,
        key: str = "k",
        units: int = 1,
        visitor: str = "v",
        network: str = "n",
        note: str = "周末前要",
        address: str = "",
        name: str = "王小姐",
        sku_id: int | None = None,
        at: timedelta = timedelta(0),
    ) -> int:
        return wishes.create_wish(
            token=token,
            lines=[PickedUnits(item_of(self.sale_id, sku_id or self.coat_sku), units)],
            fields=wishes.WishFields(name, "13800138000", address, note),
            visitor=visitor,
            network=network,
            key=key,
            now=NOW + at,
        ).id
