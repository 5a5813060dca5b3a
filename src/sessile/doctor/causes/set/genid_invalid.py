"""genid gives no id: a promise, or the same text for everybody.

Symptom: the login answers 200 without a cookie; or users see each other's session.
Evidence: "session ignored because of bogus req.sessionID" (DEBUG=express-session). In the code, `genid` is an async
    function, or always returns the same, or one made of the client's address and browser alone.
Tell apart: a login that changes no session leaves no such line.
Fix: leave `genid` out: express-session's own id is random and safe. Where it gave everybody the same text, delete that one
    row, too: all who hold it are logged in as one of them.
"""

from sessile.doctor.causes import code, signs
from sessile.doctor.facts import Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.source import Deed, Fresh, Literal, Made, Setting
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES = ("genid-invalid-or-colliding",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Leave genid out, and delete the row that several people share, if there is one",
    logs_out="whoever shares a row with somebody else; nobody where genid gave no id at all",
    instead="nothing would be safe, for each of them is logged in as another",
    changes=(Change("Express", "session({ secret, store, genid: async () => nanoid() })", "session({ secret, store })"),),
)
LINKS = {"login without Set-Cookie": Level.USUALLY, "login, then 401": Level.USUALLY}


def judge(facts: Facts) -> Finding:
    if shared := tuple(source.evidence(act.place, _SHARED) for source, act in code.did(facts, Deed.IDS_OF_CLIENT)):
        return Confirmed(shared, "genid gives everybody behind one address the same id", code.BY_CODE)
    said = tuple(log.evidence(event) for log in facts.logs for event in log.of(Kind.WARNING, "BOGUS_SESSION_ID"))
    proof = tuple(
        source.evidence(setting.place, says) for source, _, setting in code.options(facts, "genid") if (says := _flaw(setting))
    )
    flawed = [setting.place for _, _, setting in code.options(facts, "genid") if _flaw(setting)]
    edits = tuple(edit for place in flawed for edit in code.edit(place, r"^genid: .*,$", ""))
    if said:
        return Confirmed((*said, *proof), certainty=code.BOTH if proof else code.BY_CODE, changes=edits)
    if proof:
        return code.certain(facts, *proof, changes=edits)
    finding = code.absent(facts, "ids are made by express-session, or by a function that returns another text each time", "genid")
    return finding if isinstance(finding, RuledOut) else signs.absent(facts)


def _flaw(setting: Setting) -> str:
    made = setting.value
    if not isinstance(made, Made):
        return ""
    if made.what == "async function":
        return "an async function returns a promise, which is no id"
    returned: tuple[Setting, ...] = made.settings if made.what == "function" else ()
    if any(isinstance(one.value, Literal) for one in returned):
        return "every session gets the same id"
    return "" if not any(isinstance(one.value, Fresh) and "Date.now" in one.value.how for one in returned) else _GUESSABLE


_SHARED = "whoever has this address and this browser gets this id: they share one session, and one's logout ends the others'"
_GUESSABLE = "an id made of the time is the same for two visitors at once, and can be guessed"
