"""The SQL of sales: `styles` and `sales` read; `units` and `publishing` write, and only services call them."""
