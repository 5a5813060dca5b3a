"""What keeps a site from answering is named in one line, within the time there is, and the local network is left alone."""

import contextlib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest
import trustme

from sessile.doctor.evidence.opening import EvidenceError
from sessile.doctor.evidence.site import Probed, collect
from sessile.doctor.evidence.site.network import is_local
from sessile.doctor.evidence.site.plan import Request, plan
from sessile.doctor.evidence.sorting import NotEvidence
from tests.doctor.evidence.site.service import Shop, serving


def look(url: str, *resolve: str, cacert: Path | None = None, seconds: float = 20) -> Probed:
    planned = plan([url], Request(resolve=resolve, cacert=str(cacert) if cacert else None))
    assert planned is not None
    return collect(planned, seconds=seconds)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    ca = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return ca, file


@pytest.fixture(scope="module")
def secure(authority: tuple[trustme.CA, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a service whose certificate is for shop.example.com."""
    file = tmp_path_factory.mktemp("certificate") / "shop.pem"
    authority[0].issue_cert("shop.example.com").private_key_and_cert_chain_pem.write_to_path(str(file))
    with serving(Shop().app(), certificate=file) as port:
        yield port


@contextlib.contextmanager
def answering(*pieces: bytes, pause: float = 0.0) -> Iterator[int]:
    """The port of a server that reads a request and then sends these pieces, with a pause after each."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65536)
                    for piece in pieces:
                        connection.sendall(piece)
                        sleep(pause)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def test_a_name_that_leads_elsewhere_is_asked_where_it_will_lead(secure: int, authority: tuple[trustme.CA, Path]) -> None:
    probed = look("https://shop.example.com/me", f"shop.example.com=127.0.0.1:{secure}", cacert=authority[1])
    (only,) = probed.wire.exchanges
    assert (only.status, str(only.request.address)) == (401, "https://shop.example.com/me")
    assert only.timings is not None
    assert only.timings.ssl is not None


def test_an_unknown_authority_is_named_with_the_option_that_helps(secure: int) -> None:
    with pytest.raises(EvidenceError, match=r"CA that is not known here.*--cacert"):
        look("https://shop.example.com/", f"shop.example.com=127.0.0.1:{secure}")


def test_a_certificate_for_another_name_is_named(secure: int, authority: tuple[trustme.CA, Path]) -> None:
    with pytest.raises(EvidenceError, match="certificate is for another name"):
        look("https://other.example.com/", f"other.example.com=127.0.0.1:{secure}", cacert=authority[1])


def test_an_expired_certificate_is_named(authority: tuple[trustme.CA, Path], tmp_path: Path) -> None:
    ca, trusted = authority
    yesterday = datetime.now(UTC) - timedelta(days=1)
    certificate = ca.issue_cert("old.example.com", not_before=yesterday - timedelta(days=9), not_after=yesterday)
    certificate.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "old.pem"))
    with (
        serving(Shop().app(), certificate=tmp_path / "old.pem") as port,
        pytest.raises(EvidenceError, match="certificate has expired"),
    ):
        look("https://old.example.com/", f"old.example.com=127.0.0.1:{port}", cacert=trusted)


def test_https_where_http_is_spoken_is_named() -> None:
    with serving(Shop().app()) as port, pytest.raises(EvidenceError, match="speaks no TLS on this port, but perhaps plain http"):
        look(f"https://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("pieces", "says"),
    [
        ((b"SSH-2.0-OpenSSH_9.6\r\n",), "no HTTP"),
        ((), "closed the connection without a whole answer"),
        ((b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",), "longer than 64 KB"),
        ((b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",), "more than 100 header fields"),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsho",), "its answer breaks off"),
    ],
)
def test_what_is_no_answer_is_one_line(pieces: tuple[bytes, ...], says: str) -> None:
    with answering(*pieces) as port, pytest.raises(EvidenceError) as refused:
        look(f"http://127.0.0.1:{port}/")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_body_that_is_cut_off_is_an_answer_of_unknown_size() -> None:
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort") as port:
        (only,) = look(f"http://127.0.0.1:{port}/").wire.exchanges
    assert only.response is not None
    assert (only.status, only.response.body.size) == (200, None)


def test_an_answer_that_drips_ends_with_the_time_there_is() -> None:
    began = monotonic()
    with (
        answering(b"HTTP/1.1 200 OK\r\n", *[b"X-Drip: 1\r\n"] * 90, pause=0.1) as port,
        pytest.raises(EvidenceError, match="within 1 s"),
    ):
        look(f"http://127.0.0.1:{port}/", seconds=1)
    assert monotonic() - began < 3


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1"),
        *("::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:0a00:0001::1", "::"),
    ],
)
def test_addresses_of_the_local_network_are_known(address: str) -> None:
    assert is_local(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_public(address: str) -> None:
    assert not is_local(address)


def test_localhost_may_be_asked_when_the_user_names_it() -> None:
    with serving(Shop().app()) as port:
        assert look(f"http://localhost:{port}/me").wire.exchanges[0].status == 401


@pytest.mark.parametrize("text", ["shop=", "shop=example.com", "=127.0.0.1", "shop:x=127.0.0.1", "shop=127.0.0.1:99:1"])
def test_a_resolve_that_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(NotEvidence, match="--resolve is HOST"):
        plan(["https://shop.example.com"], Request(resolve=(text,)))
