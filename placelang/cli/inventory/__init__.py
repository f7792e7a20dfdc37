"""`placelang inventory`: make inventories, and keep one in a store."""
