"""Orders: the grab, payment, and what the brand ships to whom.

Verbs: `propose_recipient`, `add_recipient`, `grab`, `pay`, `cancel_unpaid`, the sweep `expire_unpaid`, `ship`,
`ship_by_workbook`, `top_up`.
An order is one payment; paying makes one consignment per brand and recipient, to be shipped within 24 hours (ORDER-4).
Leaves to others: units and windows (flashsales), prices (pricing), growth (membership), refunds and returns (aftersales).
"""
