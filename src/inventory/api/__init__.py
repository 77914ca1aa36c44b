"""Stock and uploads, for programs."""

from ninja import Router

from inventory.api import stock, uploads

router = Router()
router.add_router("", stock.router)
router.add_router("", uploads.router)
