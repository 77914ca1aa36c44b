"""Photos of customers on the pages that other customers open (AFTER-21)."""

from datetime import datetime

from aftersales.selectors.customer_photos import find_shown_photos, read_shown_photo
from aftersales.selectors.photos import NoSuchPhoto
from forwarding.models import Forward
from forwarding.selectors.forwards import CustomerPage, NoSuchForward, get_customer_page
from forwarding.selectors.storefronts import get_storefront_goods


def read_photo_of_page(token: str, photo_id: int, width: int, *, is_storefront: bool, at: datetime) -> bytes:
    """The JPEG of a photo that a page shows at this moment. Refuses every other one, and each of a page that is closed."""
    page = _storefront(token, photo_id, at) if is_storefront else get_customer_page(token, at=at)
    if not page.is_open or not any(photo_id in style.customer_photos for style in page.view.styles):
        raise NoSuchPhoto(photo_id=photo_id)
    return read_shown_photo(page.reseller_id, photo_id, width)


def _storefront(token: str, photo_id: int, at: datetime) -> CustomerPage:
    """The storefront with the style of the photo only."""
    reseller_id = Forward.objects.filter(token=token, sale__isnull=True).values_list("reseller_id", flat=True).first()
    if reseller_id is None:
        raise NoSuchForward
    shown = find_shown_photos(reseller_id, [photo_id])
    return get_storefront_goods(token, style_ids=[each.style_id for each in shown.values()], at=at)
