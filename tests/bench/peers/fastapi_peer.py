"""What a team might write by hand: FastAPI, pydantic and SQLAlchemy Core on uvicorn.

It checks the signature and the fields, and stores each request in one durable transaction, each
message id once. It has none of the rules: no people, no merges, no raw bodies, no ledger.

Run: ``python fastapi_peer.py PORT DATABASE_FILE SECRET``.
"""

import hmac
import json
import sys
import time
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import Column, Float, Integer, MetaData, Table, Text, create_engine, event
from sqlalchemy.dialects.sqlite import insert

PORT, FILE, SECRET = int(sys.argv[1]), sys.argv[2], sys.argv[3].encode()


class Track(BaseModel):
    type: str = Field(pattern="^(track|page|screen)$")
    event: str = Field(min_length=1, max_length=1_000)
    messageId: str = Field(min_length=1, max_length=200)  # noqa: N815 - Segment's name
    anonymousId: str = Field(min_length=1, max_length=200)  # noqa: N815 - Segment's name
    timestamp: str
    properties: dict[str, object] = {}


READER = TypeAdapter(list[Track] | Track)
metadata = MetaData()
events = Table(
    "events",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("anonymous_id", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("timestamp", Text, nullable=False),
    Column("received_at", Float, nullable=False, index=True),
    Column("number", Integer),
    Column("data", Text, nullable=False),
)
engine = create_engine(f"sqlite:///{FILE}", pool_size=1, max_overflow=0, pool_timeout=60)


@event.listens_for(engine, "connect")
def durable(connection, _record):
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def store(calls):
    now = time.time()  # noqa: TID251 - a peer, not the product
    rows = [
        {
            "message_id": call.messageId,
            "anonymous_id": call.anonymousId,
            "name": call.event,
            "timestamp": call.timestamp,
            "received_at": now,
            "number": number,
            "data": json.dumps(call.properties),
        }
        for number, call in enumerate(calls)
    ]
    with engine.begin() as connection:
        connection.execute(insert(events).on_conflict_do_nothing(), rows)


@asynccontextmanager
async def lifespan(_app):
    metadata.create_all(engine)
    print("peer is ready", flush=True)  # noqa: T201 - whoever started it waits for this
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/webhooks/segment/default")
async def receive(request: Request):
    body = await request.body()
    read = READER.validate_json(body)
    calls = read if isinstance(read, list) else [read]
    signed = body if isinstance(read, Track) else body[1 : _end_of_first(body)]
    expected = hmac.digest(SECRET, signed, "sha1").hex()
    if not hmac.compare_digest(expected, request.headers.get("X-Signature", "")):
        raise HTTPException(401)
    await run_in_threadpool(store, calls)
    return {"success": True, "accepted": len(calls)}


def _end_of_first(body):
    """Find where the first item of a batch ends; ids make each item begin alike."""
    following = body.find(b'},{"type"')
    return len(body) - 1 if following < 0 else following + 1


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="error", access_log=False)
