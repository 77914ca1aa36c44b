"""Retail prices for programs."""

from typing import Any

from ninja import Query, Router, Schema

from accounts.gates import ActorRequest, allow
from accounts.rules import Role
from forwarding import queries, verbs
from kernel import clock
from membership.queries import reseller_of
from wire.money import YuanIn, YuanOut, fen_of
from wire.pages import PageOut, PageQuery

router = Router(tags=["forwarding"])


class RetailIn(Schema):
    price: YuanIn


class RetailOut(Schema):
    style_id: int
    price: YuanOut = fen_of("price_fen")


@router.put("/sales/{int:sale_id}/styles/{int:style_id}/retail-price", response=RetailOut, auth=allow(Role.RESELLER))
def set_retail_price(request: ActorRequest, sale_id: int, style_id: int, body: RetailIn) -> Any:
    """What she asks of her customers; refused under the floor of goods that keep their label."""
    price_fen = verbs.set_retail_price(
        actor=request.auth, sale_id=sale_id, style_id=style_id, price_fen=body.price, now=clock.now()
    )
    return {"style_id": style_id, "price_fen": price_fen}


@router.get("/sales/{int:sale_id}/retail-prices", response=PageOut[RetailOut], auth=allow(Role.RESELLER))
def retail_prices(request: ActorRequest, sale_id: int, page: Query[PageQuery]) -> Any:
    buyer = reseller_of(request.auth)
    return queries.retail_price_list(reseller_id=buyer.id, sale_id=sale_id, after=page.after, size=page.size)
