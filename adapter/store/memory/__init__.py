"""The store in memory: the reference of what every store does; simulations use it too."""
