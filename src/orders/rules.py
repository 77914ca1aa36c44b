"""The law of orders (ORDER-1 to ORDER-5, see docs/rules/orders.md)."""

import enum
from dataclasses import dataclass
from datetime import timedelta


class OrderState(enum.StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    CANCELLED = "cancelled"


class ConsignmentState(enum.StrEnum):
    TO_SHIP = "to_ship"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


EXPIRED_WITHIN = timedelta(hours=24)
MAX_EXPIRED = 3
"""With so many orders that ran out unpaid within that time, a reseller can only grab what her wallet covers."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What counts for and against a reseller's next order (ORDER-6). All amounts in fen.

    `limit_fen` is her tier's, `unpaid_fen` what waits for payment, `expired` how many orders ran out lately. `others_fen`: what the other
    trial members of her inviter hold beyond their wallets; None where she shares no limit.
    """

    limit_fen: int
    unpaid_fen: int
    wallet_fen: int
    expired: int
    others_fen: int | None

    @property
    def must_be_covered(self) -> bool:
        return self.expired >= MAX_EXPIRED

    @property
    def own_allowance_fen(self) -> int:
        """What the next order may cost by her own limit, which is never less than her wallet."""
        ceiling = self.wallet_fen if self.must_be_covered else max(self.limit_fen, self.wallet_fen)
        return ceiling - self.unpaid_fen

    @property
    def allowance_fen(self) -> int:
        """What the next order may cost: by her own limit, and by the one that she shares, against which counts what no wallet covers."""
        if self.others_fen is None:
            return self.own_allowance_fen
        shared = self.wallet_fen - self.unpaid_fen + max(0, self.limit_fen - self.others_fen)
        return min(self.own_allowance_fen, shared)


MAX_LINES = 50
MAX_UNITS_PER_LINE = 999


MAX_NAME, MIN_ADDRESS, MAX_ADDRESS = 40, 5, 200


@dataclass(frozen=True, slots=True)
class RecipientFault:
    """What keeps a recipient from being entered: the field, and what is wrong with it in words."""

    field: str
    zh: str
    en: str


def recipient_faults(*, name: str, phone: str, is_phone: bool, address: str) -> list[RecipientFault]:
    """What is missing or unusable in the three fields of a recipient (ORDER-5). `is_phone`: the text is a number that can be called."""
    faults = []
    if not name:
        faults.append(RecipientFault("name", "缺少姓名", "the name is missing"))
    elif len(name) > MAX_NAME:
        faults.append(RecipientFault("name", f"姓名最多 {MAX_NAME} 个字", f"a name has at most {MAX_NAME} characters"))
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
