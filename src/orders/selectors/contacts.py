"""Name, phone and address of a recipient as those see them who may not see them whole (PRIVACY-1)."""

from collections.abc import Collection
from dataclasses import dataclass

from imports.divisions import locate
from kernel.masking import mask_address, mask_name, mask_phone
from orders.models.lines import OrderLine


@dataclass(frozen=True, slots=True)
class ContactView:
    """Whom goods are shipped to, whole or masked. All three are "" where they were erased, or where the reader needs none of them."""

    name: str
    phone: str
    address: str

    @property
    def texts(self) -> tuple[str, ...]:
        """What may not stand in a text that outlives the contact."""
        return tuple(text for text in (self.name, self.phone, self.address) if text)


NO_CONTACT = ContactView("", "", "")


def get_contact_of_line(line_id: int) -> ContactView:
    """The contact to which an order line is shipped, whole: to take it out of texts, not to show it."""
    row = OrderLine.objects.select_related("recipient").get(pk=line_id).recipient
    return ContactView(row.name, row.phone, row.address)


def list_contacts_of_orders(order_ids: Collection[int]) -> dict[int, list[ContactView]]:
    """The contacts of orders, whole: to take them out of texts, not to show them. By order."""
    rows = OrderLine.objects.filter(order__in=order_ids).order_by("pk").distinct()
    contacts: dict[int, list[ContactView]] = {}
    for order_id, *texts in rows.values_list("order_id", "recipient__name", "recipient__phone", "recipient__address"):
        contacts.setdefault(order_id, []).append(ContactView(*texts))
    return contacts


def list_brands_of_order(order_id: int) -> list[int]:
    """The brands whose goods an order has."""
    rows = OrderLine.objects.filter(order=order_id).order_by("brand_id")
    return list(rows.values_list("brand_id", flat=True).distinct())


def masked_contact(name: str, phone: str, address: str) -> ContactView:
    """The first character of the name, both ends of the phone, and province, city and county of the address."""
    located = locate(address)
    return ContactView(mask_name(name), mask_phone(phone), mask_address(address, shown=located.end if located else 0))
