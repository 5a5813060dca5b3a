"""A folder of code is read within bounds, and what was not read is said."""

from pathlib import Path

import pytest

from sessile.doctor.evidence import project as reading
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.project import project
from sessile.doctor.evidence.sorting import Kind, NotEvidence, offered, sort
from sessile.doctor.facts.source import Framework

APP = "import express from 'express'\nconst app = express()\napp.listen(3000)\n"


def write(root: Path, **files: str) -> Path:
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_js", ".js")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


class TestWhatIsRead:
    def test_the_service_s_own_code_and_not_what_is_installed_or_built(self, tmp_path: Path) -> None:
        write(tmp_path, src__app_js=APP, node_modules__express__index_js=APP, dist__app_js=APP, tests__app_js=APP)
        found = project(tmp_path)
        assert list(found.files) == ["src/app.js"]
        assert set(found.passed_over) == {"node_modules", "dist", "tests"}
        assert found.complete

    def test_a_link_is_not_followed(self, tmp_path: Path) -> None:
        write(tmp_path, app_js=APP)
        (tmp_path / "again").symlink_to(tmp_path)
        assert list(project(tmp_path).files) == ["app.js"]

    def test_a_file_too_large_is_named_and_the_rest_is_read(self, tmp_path: Path) -> None:
        write(tmp_path, app_js=APP, bundle_js="x" * (reading.LARGEST + 1))
        found = project(tmp_path)
        assert list(found.files) == ["app.js"]
        assert found.skipped == ("bundle.js is larger than 1024 KiB",)
        assert not found.complete

    def test_a_folder_without_end_is_left_at_its_bound(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "MOST_FILES", 3)
        write(tmp_path, **{f"a{number}_js": APP for number in range(9)})
        found = project(tmp_path)
        assert len(found.files) == 3
        assert "more than 3 files" in found.skipped[0]

    def test_a_walk_ends_in_time(self, tmp_path: Path) -> None:
        write(tmp_path, app_js=APP)
        assert "took too long" in project(tmp_path, seconds=-1).skipped[0]


class TestSorting:
    def test_a_folder_gives_its_environment_its_logs_and_its_code(self, tmp_path: Path) -> None:
        write(tmp_path, app_js=APP)
        (tmp_path / ".env").write_text("PORT=3000\n")
        (tmp_path / "app.log").write_text("Server running on port 3000\n")
        assert [item.kind for item in sort([str(tmp_path)], {})] == [Kind.ENVIRONMENT, Kind.LOG, Kind.SOURCE]

    @pytest.mark.parametrize("name", ["app.js", "app.mjs", "app.cjs", "app.ts", "app.tsx", "app.py"])
    def test_a_file_of_code(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text(APP)
        assert [item.kind for item in sort([str(tmp_path / name)], {})] == [Kind.SOURCE]

    def test_what_is_here_counts_where_it_is_a_service_s_root(self, tmp_path: Path) -> None:
        write(tmp_path, app_js=APP)
        assert offered(tmp_path, {}) == ()
        (tmp_path / "package.json").write_text("{}")
        assert [item.kind for item in offered(tmp_path, {})] == [Kind.SOURCE]


class TestGathering:
    def test_the_framework_is_recognised_and_the_report_names_what_was_looked_at(self, tmp_path: Path) -> None:
        write(tmp_path, app_js=APP, node_modules__a_js=APP)
        found = gather(sort([str(tmp_path)], {}), Options())
        assert [source.framework for source in found.facts.sources] == [Framework.EXPRESS]
        assert found.looked_at == (f"{tmp_path} (1 file of code, passed over node_modules)",)

    def test_code_of_no_service_is_said_to_be_none(self, tmp_path: Path) -> None:
        write(tmp_path, app_js="console.log(1)\n")
        with pytest.raises(NotEvidence, match="no service was found in its code"):
            gather(sort([str(tmp_path)], {}), Options())
