"""Images by digest: which images files ask for, what registries have under their names, and the lock that holds that
for plans to come, so that a plan says byte for byte what will run."""

from placelang.images.lock import Lock, parse_lock, unlocked, with_lock, write_lock
from placelang.images.wanted import images_of

__all__ = ["Lock", "images_of", "parse_lock", "unlocked", "with_lock", "write_lock"]
