"""Orders, shipping, customers and workbooks of orders, for programs."""

from ninja import Router

from orders.api import customers, orders, shipping, uploads

router = Router()
router.add_router("", orders.router)
router.add_router("", uploads.router)
router.add_router("", customers.router)
router.add_router("", shipping.router)
