"""The picture of a reseller that her customers see (FORWARD-27)."""

from forwarding.models import Forward, SellerPicture
from kernel.refusal import Missing
from storage.files import content_key, get_store
from storage.objects import ObjectMissing

SELLER_PICTURES = "seller-pictures"
"""The folder of the store that holds them."""
SELLER_PICTURE_WIDTH = 240


class NoSuchSellerPicture(Missing):
    code = "forwarding.no_such_seller_picture"
    zh = "没有这张头像，或已被换掉"
    en = "There is no such picture, or it was replaced"


def seller_picture_key(sha256: str) -> str:
    return f"{content_key(SELLER_PICTURES, sha256)}.jpg"


def picture_of(row: Forward) -> str:
    """The hash of the picture of a forward's reseller, "" where she has none. No statement where the row came with it."""
    try:
        return row.reseller.seller_picture.sha256
    except SellerPicture.DoesNotExist:
        return ""


def get_seller_picture(reseller_id: int) -> str:
    """The hash of her picture, "" where she has none."""
    return SellerPicture.objects.filter(reseller_id=reseller_id).values_list("sha256", flat=True).first() or ""


def read_seller_picture(sha256: str) -> bytes:
    """The JPEG. Refuses one that no active reseller has now."""
    if not SellerPicture.objects.filter(sha256=sha256, reseller__person__is_active=True).exists():
        raise NoSuchSellerPicture
    try:
        return get_store().read(seller_picture_key(sha256))
    except ObjectMissing as missing:
        raise NoSuchSellerPicture from missing
