"""Errors of files that the disk has damaged: the session table's own, and its indexes'."""

import re
from typing import Final

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.errors.row import Met, Row
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Frequency, Remedy
from sessile.stores.postgres.shape import TableShape

INDEX_CODES: Final = ("XX002", "XX000")
FILE_CODES: Final = ("XX001", "58P01", "58030")
INDEX_WORDS: Final = r"in index|index \"|item order|target block"
FILE_WORDS: Final = "invalid page|could not (open|read)|checksum"

OF_AN_INDEX: Final = Sign(INDEX_CODES, only=INDEX_WORDS, course=Course.SELECTIVE, of_sessions=True)
# Of a page whose header is wrong PostgreSQL names the file alone, be it a table's or an index's (bufmgr.c, md.c).
OF_A_FILE: Final = Sign(FILE_CODES, only=FILE_WORDS, course=Course.SELECTIVE, of_sessions=True)
OF_EITHER: Final = Sign(
    (*INDEX_CODES, *FILE_CODES), only=f"{INDEX_WORDS}|{FILE_WORDS}", course=Course.SELECTIVE, of_sessions=True
)
_PATH: Final = re.compile(r'\b(?:relation|file) "?(?P<path>(?:base|pg_tblspc)/[\w./-]*?\d+)(?=[".,: ]|$)')


def _owners(facts: Facts) -> tuple[str, ...]:
    """The index that each damaged file belongs to, "" for a file of no index of the table; () where nobody knows."""
    table = sight.relation(facts)
    if not isinstance(table, TableShape):
        return ()
    indexes = {index.file: index.name for index in table.indexes if index.file}
    paths = [found["path"] for one in signs.sightings(facts, OF_A_FILE) if (found := _PATH.search(one.error.message))]
    return tuple(indexes.get(path, "") for path in paths) if indexes else ()


def _all_of_indexes(facts: Facts) -> str | None:
    owners = _owners(facts)
    return f"the damaged file is the index {owners[0]}, and not the table" if owners and all(owners) else None


def _none_of_an_index(facts: Facts) -> str | None:
    owners = _owners(facts)
    named = signs.sightings(facts, OF_AN_INDEX)
    return "the damaged file is no index of the session table" if owners and not any(owners) and not named else None


def _table_or_index(facts: Facts) -> bool:
    return not _owners(facts)


def _no_index_named(facts: Facts) -> bool:
    return not _owners(facts) and not signs.sightings(facts, OF_AN_INDEX)


ROWS = (
    Row(
        slug="index-corrupt",
        title="The session table's index is damaged",
        symptom="Requests fail with 500 for some or all sessions.",
        evidence="XX002: an index holds a bad or empty page, or its order is broken; XX000 on opening the index's file; or XX001,"
        " invalid page, and the file that it names is an index's (pg_relation_filepath).",
        tell_apart="This is what a corrupted session table looks like; 42P16 is not. The same row is found when the index"
        " is not used (SET enable_indexscan = off).",
        fix="Copy the rows first, then rebuild the index. The rows stay.",
        sign=OF_EITHER,
        met=Met.SAVING,
        unless=_none_of_an_index,
        unsure=_no_index_named,
        remedy=Remedy(
            "Back the rows up, then rebuild the index without blocking anybody",
            'pg_dump -t session "$DATABASE_URL" > session.sql && psql "$DATABASE_URL" -c "REINDEX TABLE CONCURRENTLY session"',
        ),
        entries=("index-physically-corrupt",),
        frequency=Frequency.RARE,
        rivals=("find-table-corrupt",),
    ),
    Row(
        slug="table-corrupt",
        title="Pages of the session table are damaged",
        symptom="Requests fail with 500 for the sessions on those pages, and pg_dump fails too.",
        evidence="XX001: invalid page in a block of the table's own file; 58P01 or 58030 where the file cannot be read.",
        tell_apart="The same error of an index's file is find-index-corrupt: rebuilding it cures that, and does not cure this."
        " Only the database tells whose file it is.",
        fix="Stop and copy the whole cluster before anything else; restore from a backup, save what can still be read.",
        sign=OF_A_FILE,
        met=Met.SAVING,
        unless=_all_of_indexes,
        unsure=_table_or_index,
        remedy=Remedy("Copy the cluster's files, restore from a backup; no tool cures this in place", None),
        entries=("heap-corrupt",),
        frequency=Frequency.RARE,
        rivals=("find-index-corrupt",),
    ),
)
