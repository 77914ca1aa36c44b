"""A package, so that pytest ends the browser after the last test of this folder: the scope "package" needs one."""
