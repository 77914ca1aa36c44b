"""What is asked for by an account and the closing of that account wait for each other (MONEY-17)."""

from brands.rules import BrandStatus
from brands.selectors.brands import get_brand
from invoices import sql
from invoices.selectors.titles import Owner
from kernel.refusal import Conflict
from membership.selectors.people import is_account_closed


class AccountIsClosed(Conflict):
    code = "invoices.account_is_closed"
    zh = "账户已经关闭，不能再申请开票或更正抬头"
    en = "The account is closed; no invoice and no other title can be asked for any more"


def lock_owner(owner: Owner) -> None:
    """Let what an owner does with titles and requests, and the closing of the account, happen one after another."""
    sql.lock_owner(reseller_id=owner.reseller_id, brand_id=owner.brand_id)


def lock_open_owner(owner: Owner) -> None:
    """Lock an owner who asks for something. Refuses one whose account was closed meanwhile."""
    lock_owner(owner)
    if owner.brand_id is not None:
        is_closed = get_brand(owner.brand_id).status is BrandStatus.CLOSED
    else:
        is_closed = is_account_closed(owner.reseller_id or 0)
    if is_closed:
        raise AccountIsClosed
