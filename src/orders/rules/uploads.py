"""States of an order workbook and of its lines."""

import enum


class OrderUploadState(enum.StrEnum):
    """How far a workbook of orders is (WORKBOOK-1)."""

    RECEIVED = "received"
    """Stored; waits for a worker."""
    READING = "reading"
    """A worker holds its lease."""
    QUESTION = "question"
    """A column has two meanings; the reseller must say which."""
    PREVIEW = "preview"
    """Read and matched; nothing is ordered yet."""
    REFUSED = "refused"
    """The whole file cannot be read."""
    COMMITTED = "committed"
    CANCELLED = "cancelled"


OPEN_UPLOAD_STATES = (
    OrderUploadState.RECEIVED,
    OrderUploadState.READING,
    OrderUploadState.QUESTION,
    OrderUploadState.PREVIEW,
)


class OrderUploadLineState(enum.StrEnum):
    """Whether a line of a workbook can be ordered."""

    READY = "ready"
    """Goods and recipient are known; how many units are left is another question."""
    CHOOSE = "choose"
    """Several goods may be meant; the reseller must choose."""
    REFUSED = "refused"
    """No goods on sale are meant, or the recipient cannot be used."""
