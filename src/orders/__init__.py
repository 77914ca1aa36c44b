"""Orders: the grab, payment, and what the brand ships to whom.

Services: `propose_recipient`, `add_recipient`, `grab`, `pay`, `cancel_unpaid`, the periodic `expire_unpaid`, `ship`,
`ship_by_workbook`, `top_up`.
One payment pays one order. It creates one consignment per brand and recipient, to be shipped within 24 hours (ORDER-4).
Other apps own units and windows (flashsales), prices (pricing), growth (membership), refunds and returns (aftersales).
"""
