"""Retail prices, profit, forwards, their pictures, the storefront, what became of shares, wishes, and the waiting list, for programs."""

from ninja import Router

from forwarding.api import forwards, packs, prices, profit, sharing, storefront, waiting_list, wishes

router = Router()
router.add_router("", prices.router)
router.add_router("", profit.router)
router.add_router("", forwards.router)
router.add_router("", packs.router)
router.add_router("", storefront.router)
router.add_router("", sharing.router)
router.add_router("", wishes.router)
router.add_router("", waiting_list.router)
