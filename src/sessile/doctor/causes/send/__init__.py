"""Causes by which the browser does not send the cookie back, or sends another one."""
