"""Front doors: foreign bytes become calls, operations and messages. No Flask, no store."""
