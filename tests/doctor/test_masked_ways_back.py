"""What an identity provider sends along with the way back is masked, however short; codes of errors are not."""

import pytest

from sessile.doctor.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('"GET /auth/callback?code=abc123&state=xyz HTTP/1.1" 500', '"GET /auth/callback?code=***&state=*** HTTP/1.1" 500'),
        ("/sso?ticket=ST-1-x&next=/a", "/sso?ticket=***&next=/a"),
        ("GET /callback?error=access_denied", "GET /callback?error=access_denied"),
        ("failed with code=42501", "failed with code=42501"),
    ],
)
def test_ways_back(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(mask(text)) == masked
