"""The agent: one process a host, which owns its engine and has it run what the accepted part says, by itself.

`loop` decides, in one thread, and is the only one that writes the journal and asks for changes of the engine; `run`
lists all that takes part, in order. Whatever must not wait for that thread - answers over HTTP, waiting for events of
the engine - has threads of its own, which reach it by way of `inbox` alone. `ask` is how commands reach an agent.
"""
