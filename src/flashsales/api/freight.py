"""Freight terms for programs: ops enter them, everybody who sells or buys reads those of a sale (SALE-18)."""

from ninja import Field

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from flashsales.rules.freight import FreightTerms, ProvinceSurcharge, ReturnPayer
from flashsales.rules.provinces import PROVINCES, find_province
from flashsales.selectors.freight import SaleFreightView, get_brand_freight, get_freight_of_open_sale, get_sale_freight
from flashsales.selectors.sales import get_sale
from flashsales.services.freight import set_brand_freight, set_sale_freight
from kernel import clock
from web.money import YuanIn
from web.responses import ViewRouter
from web.schemas import Input, Whole, Word

router = ViewRouter(tags=["sales"])
ops = RoleAuth(Role.OPS)


class SurchargeIn(Input):
    province: Word = Field(description="in full or in short, as 新疆维吾尔自治区 or 新疆")
    amount: YuanIn = Field(description="beside the freight, for all goods of the sale to one recipient of an order")


class FreightTermsIn(Input):
    """Without amounts shipping is free."""

    first: YuanIn = Field(0, description="for the first piece to a recipient")
    further: YuanIn = Field(0, description="for each further piece; at most `first`")
    free_from: YuanIn | None = Field(None, description="free from goods of this amount on")
    free_from_units: Whole | None = Field(None, description="free from so many pieces on")
    return_freight: YuanIn = Field(
        0, description="what a reseller gets for a parcel that she sends back at the cost of somebody else"
    )
    fault_payer: ReturnPayer = ReturnPayer.BRAND
    no_reason_payer: ReturnPayer = ReturnPayer.RESELLER
    surcharges: list[SurchargeIn] = Field([], max_length=len(PROVINCES))
    no_delivery: list[Word] = Field([], max_length=len(PROVINCES), description="provinces that get no goods")

    @property
    def terms(self) -> FreightTerms:
        return FreightTerms(
            first_fen=self.first,
            further_fen=self.further,
            free_from_fen=self.free_from,
            free_from_units=self.free_from_units,
            return_fen=self.return_freight,
            fault_payer=self.fault_payer,
            no_reason_payer=self.no_reason_payer,
            surcharges=tuple(
                ProvinceSurcharge(find_province(each.province) or each.province, each.amount)
                for each in self.surcharges
            ),
            no_delivery=tuple(find_province(each) or each for each in self.no_delivery),
        )


class SaleFreightIn(FreightTermsIn):
    use_brand_terms: bool = Field(False, description="return to the terms of the brand")


@router.put("/brands/{int:brand_id}/freight-terms", auth=ops)
def enter_brand_freight(request: ActorRequest, brand_id: int, body: FreightTermsIn) -> FreightTerms:
    """Enter what shipping and returns cost in sales of a brand that are published from now on."""
    return set_brand_freight(actor=request.auth, brand_id=brand_id, terms=body.terms, now=clock.now())


@router.get("/brands/{int:brand_id}/freight-terms", auth=ops)
def read_brand_freight(request: ActorRequest, brand_id: int) -> FreightTerms:
    """What sales of a brand that are published now freeze, where nothing else is entered for them."""
    return get_brand_freight(brand_id)


@router.put("/sales/{int:sale_id}/freight-terms", auth=ops)
def enter_sale_freight(request: ActorRequest, sale_id: int, body: SaleFreightIn) -> SaleFreightView:
    """Enter other terms for a draft of a sale, or return to those of its brand."""
    terms = None if body.use_brand_terms else body.terms
    set_sale_freight(actor=request.auth, sale_id=sale_id, terms=terms, now=clock.now())
    return get_sale_freight(sale_id)


@router.get("/ops/sales/{int:sale_id}/freight-terms", auth=ops)
def read_sale_freight(request: ActorRequest, sale_id: int) -> SaleFreightView:
    """The terms of a sale, also of a draft."""
    return get_sale_freight(get_sale(sale_id, at=clock.now()).id)


@router.get("/sales/{int:sale_id}/freight", auth=RoleAuth(Role.RESELLER))
def read_freight_of_sale(request: ActorRequest, sale_id: int) -> FreightTerms:
    """What shipping and returns of a published sale cost, before anything is ordered."""
    return get_freight_of_open_sale(sale_id, at=clock.now())
