"""What the hosts of a site know of each other, and who may run what must be one.

Enter: the members that a signed part names, this host's key, and a quorum store among them. Leave: which hosts are
lost, and for which `single` services this host holds the lease, until when. docs/autonomy.md has the argument.
"""
