"""Services of orders: grab, payment, refund, shipping, recipients."""
