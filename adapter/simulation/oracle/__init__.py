"""What must come of a history, said once more, as plainly as possible, straight from semantics.md.

Not the product: it imports nothing of the product, decides nothing for it, and only the simulation
may import it (import-linter holds all three). It keeps lists and walks through them.
"""
