"""Every parser on damaged and hostile files: what it declares is raised, in one line, and nothing else, and soon."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from sessile.cookies import Context, Jar
from sessile.doctor import bundle
from sessile.doctor.evidence import cookie, deployment, environment, har, logs, source
from sessile.doctor.evidence.opening import EvidenceError
from sessile.doctor.evidence.sorting import NotEvidence
from tests.doctor.evidence.har.flavours import FLAVOURS
from tests.doctor.test_planted import INPUTS, octets

FIXTURES = Path(__file__).parents[2] / "fixtures"
RECORDED = tuple(path.read_bytes()[:20_000] for path in sorted((FIXTURES / "logs").rglob("*")) if path.is_file())
BUNDLES = tuple(path.read_bytes() for path in sorted((FIXTURES / "unheard").glob("*.zip")))


def of_har(path: Path) -> None:
    har.collect(path)


def of_log(path: Path) -> None:
    logs.collect(path)


def of_environment(path: Path) -> None:
    environment.collect(path)


def of_code(path: Path) -> None:
    source.collect(path.parent)


def of_deployment(path: Path) -> None:
    deployment.collect(path)


def of_bundle(path: Path) -> None:
    bundle.read(path)


READERS = {
    ".har": of_har,
    ".log": of_log,
    ".env": of_environment,
    ".js": of_code,
    ".ts": of_code,
    ".py": of_code,
    ".zip": of_bundle,
}
"""By the end of a file's name; all others tell how a service is deployed."""
SAMPLES: dict[str, tuple[bytes, ...]] = {
    **{name: (octets(name),) for name in INPUTS},
    "app.ts": (octets("app.js"),),
    "visit.har": tuple(make() for make in FLAVOURS.values()),
    "app.log": (octets("app.log"), *RECORDED),
    "bundle.zip": BUNDLES,
}
DEEP = tuple(
    opens * 3000 for opens in (b"[", b"{", b"(", b'{"a":', b"- ", b"not ", b"-", b"a.", b"a=>", b"if(1){", b"lambda:", b"server{")
)
HOSTILE = st.sampled_from(
    (
        *DEEP,
        *(b"\0", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\r", b"\n", b"\x1b[31m"),
        *(b'"', b"'", b"`", b"${", b"#", b"\\", b"}", b"]", b": ", b"<<: *a", b"&a [*a]", b"|", b"!!python/object"),
        *(b"1e999", b"9" * 400, b"NaN", b"null", b"2026-99-99T99:99:99Z", b"x" * 70_000, b"%zz", b"\t" * 2000),
    )
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file's name, and its content with some of it cut, replaced, doubled, or taken from another one."""
    name = draw(st.sampled_from(sorted(SAMPLES)))
    content = draw(st.sampled_from(SAMPLES[name]))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        end = min(len(content), at + draw(st.integers(0, 40)))
        other = draw(st.sampled_from(SAMPLES[draw(st.sampled_from(sorted(SAMPLES)))]))
        put = draw(HOSTILE | st.binary(max_size=6) | st.just(content[at : at + 200]) | st.just(other[at : at + 100]))
        content = draw(st.sampled_from((content[:at], content[at:], content[:at] + put + content[end:])))
    return name, content


def survives(folder: Path, name: str, content: bytes) -> None:
    (place := folder / name.replace(".", "-")).mkdir(exist_ok=True)
    (path := place / name).write_bytes(content)
    try:
        READERS.get(path.suffix, of_deployment)(path)
    except (EvidenceError, NotEvidence) as refusal:
        assert "\n" not in str(refusal)  # noqa: PT017 - a reader may refuse, or not
        assert len(str(refusal)) < 600  # noqa: PT017


fuzzed = given(damaged())
kept = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@fuzzed
@settings(max_examples=60, deadline=None, suppress_health_check=kept)
def test_a_damaged_file(tmp_path: Path, file: tuple[str, bytes]) -> None:
    survives(tmp_path, *file)


@pytest.mark.slow
@fuzzed
@settings(max_examples=20_000, deadline=None, suppress_health_check=kept)
def test_many_damaged_files(tmp_path: Path, file: tuple[str, bytes]) -> None:
    survives(tmp_path, *file)


@pytest.mark.parametrize("deep", DEEP, ids=lambda deep: deep[:6].decode())
@pytest.mark.parametrize("name", sorted({*SAMPLES, "pyproject.toml"} - {"bundle.zip"}))
def test_a_file_that_is_nested_deeply(tmp_path: Path, name: str, deep: bytes) -> None:
    survives(tmp_path, name, deep)


def test_an_answer_in_a_recording_that_is_no_utf_8(tmp_path: Path) -> None:
    content = (
        b'{"log":{"version":"1.2","creator":{"name":"a","version":"1"},"entries":[{"startedDateTime":"2026-11-23T10:00:00Z",'
        b'"request":{"method":"GET","url":"http://a.test/api/me","headers":[]},"response":{"status":401,"headers":[],'
        b'"content":{"mimeType":"text/plain","text":"turned \xff away"}}}]}}'
    )
    (tmp_path / "visit.har").write_bytes(content)
    (exchange,) = har.collect(tmp_path / "visit.har").exchanges
    assert exchange.status == 401


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=300)
    | st.sampled_from(["a=b; expires=Thu, 99 Foo 99999 99:99:99", "=;;=", "a" * 5000, "a=b; max-age=9" + "9" * 400])
)
def test_a_cookie_of_anything(text: str) -> None:
    with suppress(cookie.NotACookie):
        cookie.examine(cookie.arrivals(text), [], None, None)
    Jar().store(text, Context.navigation("https://shop.example/"), 0)
