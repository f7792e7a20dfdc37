"""What a host understands: the plan, as a document that stands by itself.

`placelang_runtime.plan` is its model, `placelang_runtime.canonical` reads and writes it. Nothing of the language or of
the scheduler is needed to use them.
"""
