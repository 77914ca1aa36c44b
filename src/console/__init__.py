"""The console of ops and finance 运营工作台: pages only. Forms call services of the apps, figures come from their selectors."""
