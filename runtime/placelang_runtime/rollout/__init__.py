"""How a newly accepted part reaches the hosts of a site: little by little, when it may, and back where it fails.

`changes` says what differs from what ran, `turns` in which order that is taken, `gates` what of it may begin now and
what the rest waits for. All three look at nothing but what they are given; what began is kept by the journal, so that
whoever comes next decides the same. `mixture` is what shall run in between. `steps` does it, with engines.
"""
