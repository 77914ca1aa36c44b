"""Mask the names and phone numbers of customers."""


def masked_name(name: str) -> str:
    """王小美 → 王**, May Wang → M**."""
    return f"{name[:1]}**" if name else ""


def masked_phone(phone: str) -> str:
    """13800138000 → 138****8000; of a short number only the end."""
    if len(phone) < 8:
        return f"****{phone[-2:]}" if phone else ""
    return f"{phone[:3]}****{phone[-4:]}"
