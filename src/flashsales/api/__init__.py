"""Sales for programs: ops plan and run them, resellers browse them, brands watch their own."""

from ninja import Router

from flashsales.api import draws, freight, sale_jobs, sales, saved_filters, styles, waiting_list

router = Router()
router.add_router("", sales.router)
router.add_router("", draws.router)
router.add_router("", freight.router)
router.add_router("", sale_jobs.router)
router.add_router("", styles.router)
router.add_router("", waiting_list.router)
router.add_router("", saved_filters.router)
