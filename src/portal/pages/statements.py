"""Settlement statements: sold, refunded, commission and payable, with the order lines behind them."""

from itertools import islice

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.permissions import ActorRequest, role_required
from accounts.rules import Role
from brands.selectors.brands import require_own_brand
from orders.selectors.sold import iterate_paid_lines
from portal.pages.base_views import cursor_of, render_page
from settlement.selectors import statements as statement_selectors
from web.query_parameters import accepts_parameters, cursor

MAX_LINES_SHOWN = 200


@role_required(Role.BRAND)
@require_safe
@accepts_parameters(cursor=cursor)
def statements(request: ActorRequest) -> HttpResponse:
    brand = require_own_brand(request.actor)
    page = statement_selectors.list_statements(brand_id=brand.id, cursor=cursor_of(request), limit=30)
    return render_page(request, "statements.html", brand=brand, page=page)


@role_required(Role.BRAND)
@require_safe
def statement(request: ActorRequest, statement_id: int) -> HttpResponse:
    view = statement_selectors.get_statement_for(request.actor, statement_id)
    lines = list(islice(iterate_paid_lines(view.sale_id), MAX_LINES_SHOWN + 1))
    return render_page(
        request, "statement.html", statement=view, lines=lines[:MAX_LINES_SHOWN], more=len(lines) > MAX_LINES_SHOWN
    )
