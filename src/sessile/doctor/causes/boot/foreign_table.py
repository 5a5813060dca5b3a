"""A table called session is there, and belongs to another library.

Symptom: login answers 200, then everything 500, since another library (an authentication kit, an ORM's model) was added.
Evidence: 42703 column "sess" does not exist; the table's columns are id, token, data, expiresAt and the like.
    connect-pg-simple sees a table of that name and creates none.
Tell apart: a half created table has only columns of ours. A missing table is 42P01.
Fix: give one of the two another table name; leave the other library's table as it is.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.boot.table_half_created import is_part
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Level, Remedy, RuledOut, Unseen

ENTRIES = ("table-belongs-to-other-library",)
RIVALS = ("boot-table-half-created",)
REMEDY = Remedy(
    "Keep sessions in a table of another name, and leave this one to its library",
    "Express: new PgStore({ tableName: 'user_sessions' })   Python: PostgresStore(url, table=\"user_sessions\")",
)
LINKS = {"server errors with a cookie": Level.ALWAYS, "save errors": Level.USUALLY}

SIGN = Sign(("42703",), only=r'column "?(sid|sess|expire)\b', text=r'column "?(sid|sess|expire)"? .*does not exist')


def judge(facts: Facts) -> Finding:
    met = signs.judge(facts, SIGN)
    misfit = sight.misfit(facts)
    if misfit and not is_part(misfit[1]):
        name, columns = misfit
        evidence = Evidence(f"{name} has the columns {', '.join(columns)}", "postgres", "pg_attribute")
        return Confirmed((evidence, *signs.proof(facts, SIGN)), f"{name} is a table of another library")
    relation = sight.relation(facts)
    if isinstance(relation, Unseen):
        return met or (signs.absent(facts) if facts.logs else relation)
    if misfit:
        return RuledOut(f"{misfit[0]} has columns of ours only")
    return relation if isinstance(relation, RuledOut) else RuledOut(f"{relation.qualified} has our columns")
