"""The inventory: its file form, and how it is read."""
