"""The report for other tools: one JSON document whose keys and words are a contract (version 1)."""

from typing import Any

from sessile.doctor.diagnosis import Diagnosis, Suspect
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.findings import Remedy
from sessile.doctor.report.headline import headline

VERSION = 1


def document(diagnosis: Diagnosis) -> dict[str, Any]:
    """The document as plain values, causes in the diagnosis's order: the most certain first."""
    return {
        "version": VERSION,
        "verdict": diagnosis.verdict,
        "journey": [{"station": s.station, "state": s.state, "because": s.because} for s in diagnosis.journey],
        "causes": [_cause(suspect) for suspect in diagnosis.causes],
        "notes": [{"id": n.id, "title": n.title, "why_not_a_cause": n.why_not_a_cause} for n in diagnosis.notes],
        "ruled_out": [{"id": e.cause.id, "because": e.because} for e in diagnosis.ruled_out],
        "not_checked": [{"id": u.cause.id, "needs": u.needs} for u in diagnosis.not_checked],
        "next": [{"collect": c.collect, "command": c.command, "separates": list(c.separates)} for c in diagnosis.next],
        "checklist": [{"item": i.item, "state": i.state, "because": i.because} for i in diagnosis.checklist],
        "headline": headline(diagnosis),
        "symptoms": [_evidence(one) for one in diagnosis.symptoms],
        "stops_at": list(diagnosis.stops_at),
    }


def _cause(suspect: Suspect) -> dict[str, Any]:
    remedy = suspect.cause.remedy
    return {
        "id": suspect.cause.id,
        "station": suspect.cause.station,
        "title": suspect.title,
        "confidence": suspect.confidence,
        "probability": round(suspect.probability, 2),
        "evidence": [_evidence(one) for one in suspect.evidence],
        "against": [_evidence(one) for one in suspect.against],
        "fix": fix(remedy),
    }


def fix(remedy: Remedy) -> dict[str, Any]:
    """A remedy as plain values."""
    return {
        "summary": remedy.summary,
        "command": remedy.command,
        "loses_sessions": remedy.loses_sessions,
        "logs_out": remedy.logs_out,
        "instead": remedy.instead,
    }


def _evidence(evidence: Evidence) -> dict[str, str]:
    return {"says": evidence.says, "source": evidence.source, "pointer": evidence.pointer}
