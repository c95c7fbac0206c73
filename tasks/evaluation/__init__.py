"""Offline evaluation at its edge: reading tables, naming routers, writing plots."""
