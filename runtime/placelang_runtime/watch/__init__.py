"""The rules of monitors, on the host that they are about: what is measured, what follows from it, what is done.

`collect` looks at what runs and keeps what it sees in `measured`, in `windows` of bounded memory; `evaluate` says what
a condition makes of that, `standing` for how long, `deciding` which rules act; `acting` does what they say, and `organ`
is all of it as the agent has it. Enter a part, engines and a clock; leave records of the journal, which decide what
shall run. No step needs a network beyond the host.
"""
