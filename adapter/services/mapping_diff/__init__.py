"""What would differ if another mapping were in force, tried on what was sent before."""
