"""The front doors over HTTP, one file each; ``table.py`` lists them."""
