"""The desk of ops and finance 运营工作台: pages only. Every deed is a verb of the app that owns it; every figure is a query of one."""
