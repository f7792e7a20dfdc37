"""Placement tests: the `test` blocks of a fleet, read, run and reported.

`read_suite` reads them, `run_test` runs one; `placelang test` and the pytest plugin are made of these. Importing this
module loads nothing: what reads and runs is imported where it is used.
"""
