"""Archives of single entries, for the tests."""

ENTRY = (
    b'{"startedDateTime":"2026-11-23T10:00:00Z","request":{"method":"GET","url":"http://a.test/","headers":[]},'
    b'"response":{"status":200,"headers":[]}}'
)


MALFORMED = "it is no JSON, or nested too deeply"
LARGE = "it is larger than 32 MB, or no JSON"


def archive(*entries: bytes) -> bytes:
    return b'{"log":{"version":"1.2","creator":{"name":"sample"},"entries":[' + b",".join(entries) + b"]}}"
