"""Pictures of a forward, for programs."""

from django.http import FileResponse

from accounts.permissions import ActorRequest, RoleAuth
from accounts.rules import Role
from forwarding.api.forwards import page_address
from forwarding.rules.packs import PackState
from forwarding.selectors import forwards as forwarding_forwards
from forwarding.selectors.packs import NoSuchPack, PackView, get_latest_pack, open_pack_file
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
    buyer, now = require_reseller(request.auth), clock.now()
    view = forwarding_forwards.get_forward(buyer.id, forward_id, at=now)
    found = get_latest_pack(buyer.id, view.id, address=page_address(request, view), at=now)
    if found is None:
        raise NoSuchPack
    return found


@router.post("/forwards/{int:forward_id}/pack", auth=reseller)
def draw_pack(request: ActorRequest, forward_id: int) -> PackView:
    """Have the squares and the poster of a forward drawn in the background; poll until `state` is `ready`. The same goods are drawn once.

    Refused: `forwarding.nothing_to_draw`, `forwarding.too_many_packs`.
    """
    buyer, now = require_reseller(request.auth), clock.now()
    view = forwarding_forwards.get_forward(buyer.id, forward_id, at=now)
    address = page_address(request, view)
    pack = packs.request_pack(actor=request.auth, forward_id=view.id, address=address, now=now)
    if pack.state is PackState.WAITING:
        enqueue_on_commit("forwarding.tasks.make_pack", pack.id)
    return pack


@router.get("/forwards/{int:forward_id}/pack/{int:pack_id}/{name}", auth=reseller, openapi_extra=sends(ANY_FILE))
def get_pack_file(request: ActorRequest, forward_id: int, pack_id: int, name: Word) -> FileResponse:
    """A file of a pack by its name: `01.jpg` …, `poster.jpg`, `pack.zip`."""
    file = open_pack_file(require_reseller(request.auth).id, forward_id, pack_id, name)
    return FileResponse(file.content, as_attachment=True, filename=file.name)
