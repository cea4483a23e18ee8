"""The adapter of the client that openapi-generator (python) makes of openapi.json."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import whatsgate_client as whatsgate

REQUESTS = {
    "send": whatsgate.SendRequest,
    "seen": whatsgate.SeenRequest,
    "typing": whatsgate.TypingRequest,
    "check": whatsgate.CheckRequest,
    "get-chats": whatsgate.GetChatsRequest,
    "get-media": whatsgate.GetMediaRequest,
    "get-messagemedia": whatsgate.GetMessageMediaRequest,
    "events-get": whatsgate.EventsGetRequest,
    "session-create": whatsgate.SessionCreateRequest,
    "session-delete": whatsgate.SessionDeleteRequest,
    "sessions-get": whatsgate.SessionsGetRequest,
    "set-name": whatsgate.SetNameRequest,
    "set-hook": whatsgate.SetHookRequest,
}
PARTS = {
    "send": "result", "get-media": "media", "get-messagemedia": "media",
    **dict.fromkeys(("check", "get-chats", "session-create", "session-delete"), "data"),
}
lock = Lock()


def say(**line) -> None:
    with lock:
        print(json.dumps(line, default=str), flush=True)


def call(ask: dict) -> dict:
    command, arguments = ask["command"], ask["arguments"]
    if command == "webhook":
        return {"result": whatsgate.Event.from_dict(json.loads(arguments["body"])).to_dict()}
    if command not in ("session-create", "sessions-get"):
        arguments["WhatsappID"] = ask["session"]
    configuration = whatsgate.Configuration(host=ask["baseUrl"], api_key={"ApiKey": ask["apiKey"]})
    api = whatsgate.WhatsgateApi(whatsgate.ApiClient(configuration))
    method = getattr(api, command.replace("-", "_") + "_with_http_info")
    reply = method(REQUESTS[command].from_dict(arguments), _request_timeout=ask["timeoutMs"] / 1000)
    result = reply.data.to_dict()
    if part := PARTS.get(command):
        result = result.get(part)
    return {"result": result, "raw": reply.raw_data.decode()}


def answer(line: str) -> None:
    ask = json.loads(line)
    try:
        say(id=ask["id"], **call(ask))
    except whatsgate.ApiException as error:
        say(id=ask["id"], error={"kind": type(error).__name__, "status": error.status, "raw": error.body})
    except Exception as error:
        say(id=ask["id"], error={"kind": f"{type(error).__name__}: {error}"})


say(protocol=1, client="openapi-generator 7.26, python", parallel=16, commands=[*REQUESTS, "webhook"])
with ThreadPoolExecutor(16) as pool:
    for line in sys.stdin:
        pool.submit(answer, line)
