"""What can be wrong with a store."""


class StoreError(Exception):
    """A store that cannot be used: why not, in words."""
