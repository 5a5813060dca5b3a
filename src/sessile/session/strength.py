"""How easily a secret can be guessed."""

MINIMUM_LENGTH = 16
MINIMUM_VARIETY = 6

KNOWN = frozenset(
    {
        "keyboard cat", "keyboardcat", "secret", "secretkey", "secret-key", "secret_key", "mysecret", "my-secret", "my secret",
        "mysecretkey", "my-secret-key", "my_secret_key", "supersecret", "super-secret", "super secret", "supersecretkey",
        "super-secret-key", "super_secret_key", "changeme", "change-me", "change_me", "changethis", "change-this", "change me",
        "changeit", "password", "passw0rd", "default", "default-secret", "default_secret", "defaultsecret", "development",
        "dev", "dev-secret", "dev_secret", "dev-secret-key", "dev-session-secret", "devsecret", "test", "test-secret", "testing",
        "session", "session-secret", "session_secret", "sessionsecret", "your-secret", "your-secret-key", "your_secret_key",
        "your-secret-here", "your-secret-key-here", "your_secret_key_here", "your-session-secret", "your_session_secret",
        "your-session-secret-here", "yoursecret", "yoursecretkey", "some-secret", "some secret", "somesecret", "a secret",
        "not-so-secret", "notsosecret", "shhh", "shhhh", "shhhhh", "ssshhhhh", "cats", "foo", "bar", "foobar", "hello", "example",
        "insecure", "insecure-secret", "fallback-secret", "fallback_secret", "fallback-secret-key", "express-session-secret",
        "thisismysecret", "thisisasecret", "this is a secret", "this-is-a-secret", "replace-me", "replace_me", "replaceme",
        "django-insecure", "your-super-secret-key", "your-super-secret-session-key", "dev-secret-change-in-production",
        "your-secret-key-change-in-production", "change-this-in-production", "development-secret", "development-secret-key",
    }
)  # fmt: skip


def weakness(secret: bytes) -> str | None:
    """Say why a secret is easy to guess ("it is a known default"), or None if it is not.

    Known defaults are found whatever their case and whatever stands at their end (`!`, digits). A secret is short below 16
    bytes, and has too little variety below 6 different bytes.
    """
    text = secret.decode("utf-8", "replace").strip().lower()
    if text in KNOWN or text.rstrip("!0123456789 .-_") in KNOWN:
        return "it is a known default"
    if len(secret) < MINIMUM_LENGTH:
        return f"it has {len(secret)} bytes, fewer than {MINIMUM_LENGTH}"
    if len(set(secret)) < MINIMUM_VARIETY:
        return f"it has only {len(set(secret))} different characters"
    return None
