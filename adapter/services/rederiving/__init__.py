"""Deriving the state anew from what was accepted, in the order of acceptance (M11)."""
