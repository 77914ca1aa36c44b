"""Writes of sales: drafts (`planning`), publication (`publishing`), published sales (`running`), units for orders (`units`)."""
