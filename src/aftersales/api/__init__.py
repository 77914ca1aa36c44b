"""Refunds, cases and enquiries, for programs."""

from ninja import Router

from aftersales.api import cases, enquiries, exchanges

router = Router()
router.add_router("", cases.router)
router.add_router("", enquiries.router)
router.add_router("", exchanges.router)
