"""`PackageError`: why there is no image, and what to do, in one line."""


class PackageError(Exception):
    pass
