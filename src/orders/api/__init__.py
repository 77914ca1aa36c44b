"""Orders, shipping, customers and workbooks of orders, for programs."""

from ninja import Router

from orders.api import customers, orders, payments, shipping, uploads

router = Router()
router.add_router("", orders.router)
router.add_router("", uploads.router)
router.add_router("", customers.router)
router.add_router("", shipping.router)
router.add_router("", payments.router)
