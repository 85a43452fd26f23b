"""Simulated time: the real doors and the real store against an independent model of the rules."""
