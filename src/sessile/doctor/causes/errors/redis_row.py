"""A row of the tables of errors whose error is Redis's: what it says counts where the sessions are kept there."""

from sessile.doctor.causes import in_redis, signs
from sessile.doctor.causes.errors.row import Met, Row
from sessile.doctor.facts import Facts, Redis
from sessile.doctor.facts.redis import RedisServer
from sessile.doctor.findings import Confirmed, Finding, Need, Noted, RuledOut, Undecided, Unseen

WHY = "nothing that was given shows that sessions are kept in this Redis"


class RedisRow(Row):
    """As a row, for errors of Redis."""

    __slots__ = ()

    def judge(self, facts: Facts) -> Finding:
        """Judge by the errors that were seen, or by what shows that there are none."""
        seen = in_redis.redis(facts)
        finding = signs.judge(facts, self.sign)
        if finding is None:
            return self._lacking(facts, seen)
        if isinstance(seen, RuledOut) and seen.because != in_redis.NOWHERE:
            met = isinstance(facts.redis, Redis) and bool(facts.redis.errors)
            return Noted(finding.evidence, seen.because) if isinstance(finding, Confirmed) and met else seen
        if contradiction := self.unless(facts):
            return RuledOut(contradiction)
        if isinstance(finding, Confirmed) and in_redis.incidental(facts):
            return Noted(finding.evidence, WHY)
        return Undecided(finding.evidence) if isinstance(finding, Confirmed) and self.unsure(facts) else finding

    def _lacking(self, facts: Facts, seen: Redis | RuledOut | Unseen) -> Finding:
        if not isinstance(seen, Redis):
            return signs.absent(facts) if facts.logs and seen == RuledOut(in_redis.NOWHERE) else seen
        if self.met is Met.CONNECTING and isinstance(seen.server, RedisServer):
            return RuledOut(f"the doctor connected to {seen.address}")
        if self.met is Met.SAVING and in_redis.passed(facts):
            return RuledOut("a login's own commands are not refused")
        return Unseen(Need.REDIS, "another error came first")
