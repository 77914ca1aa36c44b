"""Refunds, cases, enquiries and workbooks with tracking numbers, for programs."""

from ninja import Router

from aftersales.api import (
    account_statements,
    carrier_claims,
    cases,
    customer_photos,
    enquiries,
    exchanges,
    fault_reports,
    shipping_uploads,
    substitutes,
)

router = Router()
router.add_router("", cases.router)
router.add_router("", enquiries.router)
router.add_router("", exchanges.router)
router.add_router("", fault_reports.router)
router.add_router("", customer_photos.router)
router.add_router("", shipping_uploads.router)
router.add_router("", carrier_claims.router)
router.add_router("", substitutes.router)
router.add_router("", account_statements.router)
