"""Name, phone and address of a recipient as those see them who may not see them whole (PRIVACY-1)."""

from dataclasses import dataclass

from imports.divisions import locate
from kernel.masking import mask_address, mask_name, mask_phone
from orders.models import OrderLine


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


def masked_contact(name: str, phone: str, address: str) -> ContactView:
    """The first character of the name, both ends of the phone, and province, city and county of the address."""
    located = locate(address)
    return ContactView(mask_name(name), mask_phone(phone), mask_address(address, shown=located.end if located else 0))
