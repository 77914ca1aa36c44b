"""Sales 专场: SKUs of a brand, offered for a window of time at frozen prices, in counted units.

Services: `planning` drafts a sale, `publishing` publishes it, `running` extends, ends, cancels and closes it, `units` holds and sells
its units for orders. A sale is open by the clock against its window, never because a job ran (SALE-1). A SKU is in one sale at a time;
an exclusion constraint of the database refuses a second (SALE-2). Prices belong to pricing, orders and payments to orders.
"""
