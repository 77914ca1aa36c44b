"""Statements, disputes, reconciliation lists, and the fees of contracts, for programs."""

from ninja import Router

from settlement.api import fees, lists, statements

router = Router()
router.add_router("", statements.router)
router.add_router("", lists.router)
router.add_router("", fees.router)
