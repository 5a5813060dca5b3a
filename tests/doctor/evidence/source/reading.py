"""Reads code that a test holds as text."""

from pathlib import Path

from sessile.doctor.evidence.project import project
from sessile.doctor.evidence.source import javascript
from sessile.doctor.facts.source import Source


def read(folder: Path, *, name: str = "app.js", **others: str) -> Source:
    """The one application in the code of some files: `app` is the main file's, the others are named by their arguments."""
    for key, code in others.items():
        path = folder / (name if key == "app" else f"{key.replace('__', '/')}.js")
        if key == "package":
            path = folder / "package.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    (source,) = javascript.read(project(folder))
    return source


HEAD = """import express from 'express'
import session from 'express-session'
import passport from 'passport'
const app = express()
app.use(session({ secret: process.env.SESSION_SECRET }))
"""
