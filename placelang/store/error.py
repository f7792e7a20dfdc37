"""What can be wrong with a store."""


class StoreError(OSError):
    """A store that cannot be used: why not, in words. As with other faults of the disk, nothing was changed."""
