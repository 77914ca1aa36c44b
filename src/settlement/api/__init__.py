"""Statements, disputes, and the fees of contracts, for programs."""

from ninja import Router

from settlement.api import fees, statements

router = Router()
router.add_router("", statements.router)
router.add_router("", fees.router)
