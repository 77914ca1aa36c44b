"""Pictures of a forward, for programs."""

from django.http import FileResponse
from django.urls import reverse

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from forwarding.rules.packs import PackState
from forwarding.selectors.forwards import ForwardAddress, get_forward_address
from forwarding.selectors.packs import NoSuchPack, PackView, get_latest_pack, open_pack_file
from forwarding.selectors.storefronts import get_storefront
from forwarding.services import packs
from jobs.enqueue import enqueue_on_commit
from kernel import clock
from membership.selectors.people import require_reseller
from web.file_responses import ANY_FILE, sends
from web.responses import ViewRouter
from web.schemas import Word

router = ViewRouter(tags=["forwarding"])
reseller = RoleAuth(Role.RESELLER)


@router.get("/forwards/{int:forward_id}/pack", auth=reseller)
def get_pack(request: ActorRequest, forward_id: int) -> PackView:
    """The pictures that were asked for last, and what has changed since. Missing where none were: `forwarding.no_such_pack`."""
    return _latest(request, forward_id)


@router.post("/forwards/{int:forward_id}/pack", auth=reseller)
def draw_pack(request: ActorRequest, forward_id: int) -> PackView:
    """Have the squares and the poster of a forward drawn in the background; poll until `state` is `ready`. The same goods are drawn once.

    Refused: `forwarding.nothing_to_draw`, `forwarding.too_many_packs`.
    """
    return _draw(request, forward_id)


@router.get("/forwards/{int:forward_id}/pack/{int:pack_id}/{name}", auth=reseller, openapi_extra=sends(ANY_FILE))
def get_pack_file(request: ActorRequest, forward_id: int, pack_id: int, name: Word) -> FileResponse:
    """A file of a pack by its name: `01.jpg` …, `poster.jpg`, `pack.zip`."""
    return _file(request, forward_id, pack_id, name)


@router.get("/storefront/pack", auth=reseller)
def get_storefront_pack(request: ActorRequest) -> PackView:
    """The pictures of her storefront that were asked for last, and what has changed. Missing where none were: `forwarding.no_such_pack`."""
    return _latest(request, _storefront_id(request))


@router.post("/storefront/pack", auth=reseller)
def draw_storefront_pack(request: ActorRequest) -> PackView:
    """Have the poster of her storefront, with the goods that she priced last, and their squares drawn in the background."""
    return _draw(request, _storefront_id(request))


@router.get("/storefront/pack/{int:pack_id}/{name}", auth=reseller, openapi_extra=sends(ANY_FILE))
def get_storefront_pack_file(request: ActorRequest, pack_id: int, name: Word) -> FileResponse:
    """A file of a pack by its name: `01.jpg` …, `poster.jpg`, `pack.zip`."""
    return _file(request, _storefront_id(request), pack_id, name)


def _storefront_id(request: ActorRequest) -> int:
    """The forward that is the address of her storefront."""
    return get_storefront(require_reseller(request.auth).id, at=clock.now()).forward_id


def _latest(request: ActorRequest, forward_id: int) -> PackView:
    buyer = require_reseller(request.auth)
    address = _address(request, get_forward_address(buyer.id, forward_id))
    found = get_latest_pack(buyer.id, forward_id, address=address, at=clock.now())
    if found is None:
        raise NoSuchPack
    return found


def _draw(request: ActorRequest, forward_id: int) -> PackView:
    address = _address(request, get_forward_address(require_reseller(request.auth).id, forward_id))
    pack = packs.request_pack(actor=request.auth, forward_id=forward_id, address=address, now=clock.now())
    if pack.state is PackState.WAITING:
        enqueue_on_commit("forwarding.tasks.make_pack", pack.id)
    return pack


def _file(request: ActorRequest, forward_id: int, pack_id: int, name: str) -> FileResponse:
    file = open_pack_file(require_reseller(request.auth).id, forward_id, pack_id, name)
    return FileResponse(file.content, as_attachment=True, filename=file.name)


def _address(request: ActorRequest, of: ForwardAddress) -> str:
    """The whole address of the page that customers open."""
    name = "storefront_page" if of.is_storefront else "customer_page"
    return request.build_absolute_uri(reverse(name, args=[of.token]))
