"""Stock: categories, styles, SKUs, every movement of a quantity, and the uploads of stock workbooks.

`services.stock` adjusts stock and moves units for other apps. `uploads` holds the life of an upload, one module per step: receive, parse,
validate, match, preview, apply, undo, annotate, purge. `Sku.on_hand` is what the brand has, `Sku.allotted` the units allotted to sales
and not yet sold; both are the sums of their movements. `StockLedger` lists all movements: the changes of an applied upload serve as its
movements. Prices belong to pricing, sales to flashsales, and reading workbooks to imports.
"""
