"""Images and models from host to host: what one member of a site fetched, the others need not fetch again.

A member `offer`s those of its part, by digest, to members of its site and to nobody else: both ends show certificates
that follow from the keys in the signed part. Whoever `ask`s believes nothing of what it is sent: it is checked against
the plan before anything has it. What a member is about to have, others wait for: where several ask each other at the
same time, the first of them by name fetches.
"""
