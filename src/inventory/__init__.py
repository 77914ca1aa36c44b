"""Goods and stock: categories, styles, SKUs, and every movement of a quantity.

Verbs: `move` (the one way in which a quantity changes), `set_brand_categories`, `adjust`; and the uploads of stock workbooks.
`Sku.on_hand` is what the brand has, `Sku.allotted` what of it is bound to sales and not yet sold; both are the sums of their movements.
Leaves to others: prices (pricing), selling (flashsales), reading workbooks (imports).
"""
