"""GET /v1/user as FastAPI with asyncpg does it: the same token, the same statement, the same decision, the same answer.

Reads DATABASE_URL, SIGNING_KEY (`id:base64`), ISSUER and CONNECTIONS, the size of each worker's pool; with REMEMBER set, tokens that were verified are
remembered by their SHA-256, as the API does it, and only their end is looked at again. Run by uvicorn with two workers.
"""

import base64
import contextlib
import datetime
import hashlib
import os
import time
import uuid

import asyncpg
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
STATEMENT = "SELECT * FROM identity.authenticate($1, $2, NULL, NULL, $3, true, $4)"
REMEMBER = "REMEMBER" in os.environ
REMEMBERED: dict[bytes, dict] = {}
ISSUER = os.environ["ISSUER"]
KEY_ID, _, seed = os.environ["SIGNING_KEY"].partition(":")
PUBLIC_KEY = Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed)).public_key()


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI):
    size = int(os.environ["CONNECTIONS"])
    app.state.pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=size, max_size=size, server_settings={"role": "trellis_app"}
    )
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan, openapi_url=None)


def number(text: str) -> uuid.UUID:
    value = 0
    for character in text.rpartition("_")[2]:
        value = value * 32 + ALPHABET.index(character)
    return uuid.UUID(int=value)


def text(prefix: str, value: uuid.UUID) -> str:
    return f"{prefix}_" + "".join(ALPHABET[value.int >> shift & 31] for shift in range(125, -1, -5))


def claims(request: Request) -> dict:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise HTTPException(401)
    if REMEMBER:
        digest = hashlib.sha256(token.encode()).digest()
        payload = REMEMBERED.get(digest)
        if payload is not None and time.time() < payload["exp"]:
            return payload
    try:
        decoded = jwt.decode_complete(token, PUBLIC_KEY, algorithms=["EdDSA"], audience=ISSUER, issuer=ISSUER)
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    if decoded["header"].get("typ") != "at+jwt" or decoded["header"].get("kid") != KEY_ID:
        raise HTTPException(401)
    if REMEMBER and len(REMEMBERED) < 8192:
        REMEMBERED[digest] = decoded["payload"]
    return decoded["payload"]


@app.get("/v1/user")
async def user(request: Request):
    token = claims(request)
    now = datetime.datetime.now(datetime.UTC)
    row = await request.app.state.pool.fetchrow(STATEMENT, number(token["sid"]), token["gen"], request.client.host, now)
    if row is None or row["s_id"] is None or row["status"] != "active" or row["s_revoked_at"] is not None:
        raise HTTPException(401)
    if row["s_epoch"] != row["session_epoch"] or now >= row["s_absolute_expires_at"] or row["s_generation"] != token["gen"]:
        raise HTTPException(401)
    if row["has_notices"]:
        raise HTTPException(501)  # the person of the benchmark has none, so that neither side asks for them
    return JSONResponse(
        {
            "id": text("user", row["user_id"]),
            "name": row["name"],
            "email": row["email"],
            "email_verified": row["email_verified_at"] is not None,
            "accounts": [],
            "pending_notices": [],
            "pending_kept_banner": False,
        }
    )
