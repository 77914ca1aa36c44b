"""Reads of after-sales: refunds (`refunds`), cases (`cases`), and the checks of the books (`books`)."""

from aftersales.selectors.cases import (
    BrandCaseView,
    CaseView,
    NoSuchCase,
    OpenCases,
    ReturnOption,
    brand_case,
    brand_cases,
    case_of_desk,
    case_view,
    cases,
    cases_of,
    coming_back,
    open_cases_of_sale,
    own_case,
    return_address,
    return_options,
    terms,
    waiting_cases,
)
from aftersales.selectors.open_orders import orders_open_until
from aftersales.selectors.refunds import RefundView, refund_view, refunds

__all__ = [
    "BrandCaseView",
    "CaseView",
    "NoSuchCase",
    "OpenCases",
    "RefundView",
    "ReturnOption",
    "brand_case",
    "brand_cases",
    "case_of_desk",
    "case_view",
    "cases",
    "cases_of",
    "coming_back",
    "open_cases_of_sale",
    "orders_open_until",
    "own_case",
    "refund_view",
    "refunds",
    "return_address",
    "return_options",
    "terms",
    "waiting_cases",
]
