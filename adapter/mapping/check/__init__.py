"""The linter: says aloud what Segment does in silence.

Codes: M0.. the file cannot be used, M1.. traps of directives, M2.. traps of FQL, M3.. the mapping
as a whole, M4.. its examples.
"""
