"""The panel that breaks the session table; only the demo mounts it, and only on this machine."""

from typing import Any

import psycopg
from anyio import to_thread
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from sessile.demo.faults import FAULTS, break_table, fault


class Choice(BaseModel):
    """Which fault to bring about, by name."""

    fault: str


def panel(database_url: str) -> APIRouter:
    """Routes that list the faults and bring one about."""
    router = APIRouter()

    @router.get("/panel")
    async def faults() -> dict[str, Any]:
        listed = [{"name": one.name, "story": one.story} for one in FAULTS]
        return {"faults": listed, "command": f'sessile doctor "{database_url}"'}

    @router.post("/panel/break")
    async def bring_about(choice: Choice) -> dict[str, Any]:
        try:
            chosen = fault(choice.fault)
            await to_thread.run_sync(break_table, database_url, chosen)
        except KeyError as error:
            raise HTTPException(404, "There is no such fault") from error
        except psycopg.Error as error:
            raise HTTPException(409, "The table is broken that way already; fix it first") from error
        return {"broken": chosen.story, "fix": f'sessile fix {chosen.cause} --apply "{database_url}"'}

    return router
