"""Rollouts over many sites: which of them may begin, as hosts report how it goes.

`course` says what a plan asks for, `decide` what follows from what is known, `controlling` writes that down and signs
it. The store keeps all of it, so that whoever comes next goes on from there.
"""
