"""``adapter bench``: what the adapter does, beside the limits of the machine that it runs on.

Machines are noisy, so no figure stands alone: each is given beside its limit, measured right before
it, in rounds that take turns. Read the ratios.
"""
