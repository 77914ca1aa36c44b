"""Retail prices, profit, forwards, their pictures, the storefront, what became of shares, and wishes, for programs."""

from ninja import Router

from forwarding.api import forwards, packs, prices, profit, sharing, storefront, wishes

router = Router()
router.add_router("", prices.router)
router.add_router("", profit.router)
router.add_router("", forwards.router)
router.add_router("", packs.router)
router.add_router("", storefront.router)
router.add_router("", sharing.router)
router.add_router("", wishes.router)
