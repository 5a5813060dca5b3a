"""The clocks of the database's server and of this machine differ.

Symptom: short sessions end early on some instances.
Evidence: the server's clock against the doctor's. Stores compare expire with the service's own clock, so an instance whose clock
    is ahead ends sessions early.
Tell apart: the error is as large as the difference of the clocks; an offset of a time zone is a multiple of a quarter of an hour.
Fix: synchronise the clocks (NTP). Nothing in the data is wrong.
"""

from datetime import timedelta

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.findings import Finding, Frequency, Level, Noted, Remedy, RuledOut

ENTRIES = ("clock-skew-between-instances",)
UNPROVOKED = "It needs two machines with clocks of their own; it is tested on clocks as PostgreSQL and the doctor read them."
FREQUENCY = Frequency.RARE
REMEDY = Remedy("Synchronise the clocks of all machines that serve sessions", "timedatectl set-ntp true")
LINKS = {"intermittent 401": Level.RARELY}

TOLERANCE = timedelta(minutes=1)


def judge(facts: Facts) -> Finding:
    server = sight.server(facts)
    if not isinstance(server, Server):
        return server
    if abs(server.clock_ahead) <= TOLERANCE:
        return RuledOut("the server's clock and this one agree to the minute")
    seconds = round(server.clock_ahead.total_seconds())
    says = f"the server's clock is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} this machine's"
    why = "stores compare with the service's own clock; check the clocks of the service's instances"
    return Noted((Evidence(says, "postgres", "clock_timestamp()"),), why, says.capitalize())
