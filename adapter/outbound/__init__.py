"""From deliveries to HTTP requests: the only package that touches the network."""
