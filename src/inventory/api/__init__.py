"""Stock, uploads, pictures and size charts, for programs."""

from ninja import Router

from inventory.api import pictures, stock, uploads

router = Router()
router.add_router("", stock.router)
router.add_router("", uploads.router)
router.add_router("", pictures.router)
