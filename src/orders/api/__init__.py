"""Orders and workbooks of orders, for programs."""

from ninja import Router

from orders.api import orders, uploads

router = Router()
router.add_router("", orders.router)
router.add_router("", uploads.router)
