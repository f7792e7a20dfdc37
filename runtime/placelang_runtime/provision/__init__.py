"""What a host adds to what a plan says, and what it does not allow: secrets, how peers are reached, paths, images."""
