"""What a diagnosis comes to: the cause that the verdict rests on, or a sentence where there is none."""

from collections.abc import Sequence

from sessile.doctor.diagnosis import Diagnosis, Suspect, Verdict
from sessile.doctor.report.lacking import unseen


def leading(diagnosis: Diagnosis) -> tuple[Suspect | None, Sequence[Suspect]]:
    """The cause that the verdict rests on, and the others: where none is likely enough for a verdict, all stand side by side."""
    sick = diagnosis.verdict is Verdict.SICK
    return (diagnosis.causes[0], diagnosis.causes[1:]) if sick and diagnosis.causes else (None, diagnosis.causes)


def headline(diagnosis: Diagnosis) -> str:
    """What it comes to, in one sentence."""
    if diagnosis.verdict is Verdict.SICK and diagnosis.causes:
        return diagnosis.causes[0].title
    return "".join(said(diagnosis))


def said(diagnosis: Diagnosis) -> tuple[str, str]:
    """What a verdict without a cause comes to, and what it must be read with."""
    if diagnosis.verdict is Verdict.HEALTHY:
        return "No fault in what was seen.", _reserved(diagnosis)
    if diagnosis.reservation and not diagnosis.symptoms:
        return "No session was seen, sound or broken.", _reserved(diagnosis)
    says = diagnosis.symptoms[0].says if diagnosis.symptoms else "sessions fail"
    where = stopping_at(diagnosis)
    return f"A symptom was seen and stays unexplained: {says}", f". Sessions stop at {where}." if where else ""


def _reserved(diagnosis: Diagnosis) -> str:
    """What a healthy verdict must be read with: what speaks against it, and what nobody could see."""
    reservation = f" {diagnosis.reservation}" if diagnosis.reservation else ""
    return f"{reservation}{_unseen(diagnosis)}"


def _unseen(diagnosis: Diagnosis) -> str:
    needs = unseen(diagnosis)
    return f" Not seen: {', '.join(needs)}." if needs else ""


def stopping_at(diagnosis: Diagnosis) -> str:
    """The stations where sessions stop for no known reason, in words; "" where nobody knows."""
    *others, last = diagnosis.stops_at or ("",)
    return f"{', '.join(others)} or {last}" if others else last
