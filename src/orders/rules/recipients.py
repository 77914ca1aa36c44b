"""Recipients, and the customer book of a reseller."""

from dataclasses import dataclass

MAX_CUSTOMER_NOTE = 200
"""Characters of a reseller's note about a customer."""


MAX_RECIPIENT_NAME, MIN_ADDRESS, MAX_ADDRESS = 40, 5, 200


@dataclass(frozen=True, slots=True)
class RecipientFault:
    """Why a recipient is refused: the field, and what is wrong with it in Chinese and English."""

    field: str
    zh: str
    en: str


def recipient_faults(*, name: str, phone: str, is_phone: bool, address: str) -> list[RecipientFault]:
    """What is missing or unusable in the three fields of a recipient (ORDER-5). `is_phone`: the text is a number that can be called."""
    faults = []
    if not name:
        faults.append(RecipientFault("name", "缺少姓名", "the name is missing"))
    elif len(name) > MAX_RECIPIENT_NAME:
        faults.append(
            RecipientFault(
                "name", f"姓名最多 {MAX_RECIPIENT_NAME} 个字", f"a name has at most {MAX_RECIPIENT_NAME} characters"
            )
        )
    if not phone:
        faults.append(RecipientFault("phone", "缺少电话", "the phone number is missing"))
    elif not is_phone:
        faults.append(
            RecipientFault(
                "phone",
                f"电话“{phone[:40]}”不能用，请填 11 位手机号或带区号的座机，可加分机号",
                f"the phone number “{phone[:40]}” cannot be used: 11 digits, or a landline with area code; an extension may follow",
            )
        )
    if not address:
        faults.append(RecipientFault("address", "缺少详细地址", "the address is missing"))
    elif not MIN_ADDRESS <= len(address) <= MAX_ADDRESS:
        faults.append(
            RecipientFault(
                "address",
                f"详细地址须有 {MIN_ADDRESS} 至 {MAX_ADDRESS} 个字",
                f"an address has {MIN_ADDRESS} to {MAX_ADDRESS} characters",
            )
        )
    return faults
