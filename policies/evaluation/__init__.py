"""Offline evaluation of routers on a table of prompts × models: what they choose, what it costs, how good it is."""
