"""Flask: authenticate, call a service, shape the reply."""
