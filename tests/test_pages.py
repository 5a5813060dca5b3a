"""The pages of `docs/causes/` say what the causes say; `make pages` writes them anew."""

from tools.pages import FOLDER, pages


def test_every_page_is_as_its_cause_would_write_it() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert written == pages()
