"""Secrets: made by ``secrets``, kept hashed where they need not be read again."""

import hashlib
import hmac
import secrets


def new_secret() -> str:
    """Make a secret of 256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


def new_public_key() -> str:
    """Make a key that names rather than proves: a site id or a write key."""
    return secrets.token_hex(10)


def hash_of(secret: str) -> str:
    """Hash a secret for storage; it is random and long, so one round of SHA-256 serves."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_secret(candidate: str, hashed: str) -> bool:
    """Compare a candidate with a stored hash in constant time."""
    return hmac.compare_digest(hash_of(candidate), hashed)
