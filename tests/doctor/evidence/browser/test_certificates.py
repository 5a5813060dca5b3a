"""The key of a certificate, read without a library, is the one that a library reads."""

from base64 import b64encode
from hashlib import sha256

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sessile.doctor.evidence.browser.certificates import key_of


@pytest.mark.parametrize("key", list(trustme.KeyType))
def test_the_key_is_found(key: trustme.KeyType) -> None:
    pem = trustme.CA(key_type=key).issue_cert("shop.example", key_type=key).cert_chain_pems[0].bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key_of(certificate.public_bytes(Encoding.DER)) == b64encode(sha256(spki).digest()).decode()


def test_what_is_no_certificate_is_refused() -> None:
    pem = trustme.CA().issue_cert("shop.example").cert_chain_pems[0].bytes()
    der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    for broken in (b"", b"\x30", b"junk", *(der[:length] for length in range(0, len(der), 7))):
        with pytest.raises(ValueError, match="not a"):
            key_of(broken)
