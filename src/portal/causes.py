"""Where a booking of a brand's account came from: the page of the portal that explains it."""

from django.urls import reverse

from aftersales.selectors.wallet import BrandEntryView
from ledger.rules import AccountKind

_OF_DEPOSIT = (AccountKind.DEPOSIT, AccountKind.DEPOSIT_IN_TRANSIT)


def address_of_entry(entry: BrandEntryView, account: AccountKind) -> str:
    """The consignments of its order, its settlement statement, or the page of the deposit or of what is owed."""
    if entry.order_id is not None:
        return f"{reverse('portal:shipping')}?q={entry.order_id}"
    kind, _colon, number = entry.cause.partition(":")
    if kind == "statement" and number.isascii() and number.isdigit():
        return reverse("portal:statement", args=[int(number)])
    return reverse("portal:deposit" if account in _OF_DEPOSIT else "portal:statements")
