"""A reseller sets the picture that her customers see, or removes it (FORWARD-27)."""

import hashlib
from datetime import datetime, timedelta

from django.db import transaction

from accounts.rules import Actor
from accounts.services.people import lock_person
from aftersales.services.photos import Readable, decode_photo
from forwarding.models import Pack, SellerPicture
from forwarding.selectors.seller_pictures import (
    SELLER_PICTURE_WIDTH,
    SELLER_PICTURES,
    get_seller_picture,
    seller_picture_key,
)
from membership.selectors.people import require_member, require_reseller
from storage.files import delete_objects, store_bytes
from storage.objects import StoredObject

KEPT_UNUSED = timedelta(days=1)
"""A file that no reseller has any more is deleted after that; a younger one may belong to a row that is being written."""


def set_seller_picture(*, actor: Actor, file: Readable, now: datetime) -> str:
    """Keep the middle of a photo as her picture in the place of the one before; returns its hash. The same photo again changes nothing.

    It is decoded as the photos of cases are; refuses what those refuse: a file that is too large, and one that is no picture.
    """
    reseller = require_member(actor, now)
    sizes, _ = decode_photo(file, widths=(SELLER_PICTURE_WIDTH,), is_square=True)
    content = sizes.versions[SELLER_PICTURE_WIDTH]
    sha256 = hashlib.sha256(content).hexdigest()
    store_bytes(seller_picture_key(sha256), content, now=now)
    with transaction.atomic():
        lock_person(actor.own_id)
        _forget_drawn(reseller.id, get_seller_picture(reseller.id), unless=sha256)
        SellerPicture.objects.update_or_create(reseller_id=reseller.id, defaults={"sha256": sha256, "set_at": now})
    return sha256


@transaction.atomic
def remove_seller_picture(*, actor: Actor) -> None:
    """Her initial stands in its place from now on, and nobody can open it any more. A repetition changes nothing."""
    reseller = require_reseller(actor)
    lock_person(actor.own_id)
    _forget_drawn(reseller.id, get_seller_picture(reseller.id))
    SellerPicture.objects.filter(reseller_id=reseller.id).delete()


def purge_seller_pictures(*, now: datetime) -> int:
    """Delete the files that no reseller has any more; returns how many."""

    def unnamed(page: list[StoredObject]) -> list[StoredObject]:
        hashes = {each.key: each.key.rsplit("/", 1)[-1].removesuffix(".jpg") for each in page}
        known = set(SellerPicture.objects.filter(sha256__in=hashes.values()).values_list("sha256", flat=True))
        return [each for each in page if hashes[each.key] not in known and each.stored_at < now - KEPT_UNUSED]

    return delete_objects(SELLER_PICTURES, unnamed)


def _forget_drawn(reseller_id: int, sha256: str, *, unless: str = "") -> None:
    """Drop the packs whose posters show a picture that she has no more; she has them drawn anew with one tap."""
    if sha256 and sha256 != unless:
        Pack.objects.filter(forward__reseller_id=reseller_id, content__seller_picture=sha256).delete()
