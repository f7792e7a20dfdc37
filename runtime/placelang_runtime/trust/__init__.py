"""What a host believes: parts of plans that a key signed which it trusts, meant for it, and newer than what it has."""
