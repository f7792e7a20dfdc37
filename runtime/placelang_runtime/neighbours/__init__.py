"""Images from host to host: what one member of a site fetched, the others need not fetch again.

A member `offer`s the images of its part, by digest, to members of its site and to nobody else: both ends show
certificates that follow from the keys in the signed part. Whoever `ask`s believes nothing of what it is sent: the
driver checks the file against the plan before an engine sees it.
"""
