"""A program on the models that datamodel-code-generator makes of bundle.json, with requests, against the sandbox."""

import os

import requests

from whatsgate_models import (
    CheckReply, CheckRequest, ErrorBody, EventPage, EventsGetRequest, OutgoingMessage, Recipient, RecipientByNumber,
    SendReply, SendRequest)

checks = 0


def check(what: str, ok: bool) -> None:
    global checks
    assert ok, what
    checks += 1


def post(command: str, request) -> requests.Response:
    headers = {"X-Api-Key": os.environ["WHATSGATE_API_KEY"], "Content-Type": "application/json"}
    body = request.model_dump_json(by_alias=True, exclude_none=True)
    return requests.post(f"{os.environ['WHATSGATE_BASE_URL']}/{command}", body, headers=headers, timeout=60)


def send(session: str, asynchronous: bool = False) -> requests.Response:
    recipient = Recipient(RecipientByNumber(number="79991112233"))
    message = OutgoingMessage(body="Hello from datamodel-code-generator")
    return post("send", SendRequest(WhatsappID=session, recipient=recipient, message=message, **{"async": asynchronous}))


session = os.environ["WHATSGATE_SESSION"]
sent = SendReply.model_validate_json(send(session).text).result.root
check("a sent message is an object", sent.id.root.startswith("true_"))
queued = SendReply.model_validate_json(send(session, True).text).result.root
check("a queued message is a word", queued == "OK")

page = EventPage.model_validate_json(post("events-get", EventsGetRequest(WhatsappID="odd-events")).text)
events = [event.root for event in page.data]
check("odd data lose no event", [event.id.root for event in events] == [1, 2, 3, 4, 5, 6])
messages = [message for event in events if (message := getattr(event.event_data, "message", None))]
check("the message is read", [message.body for message in messages] == ["212"])

short = send("short-error")
check("an error of one member is an error", short.status_code == 500)
check("its message is read", ErrorBody.model_validate_json(short.text).message == "Something went wrong.")
check("a proxy's page is an error", send("bad-gateway").status_code == 502)

for asked in (session, "text-flag"):
    reply = post("check", CheckRequest(WhatsappID=asked, number="79991112233"))
    check("a number is registered", CheckReply.model_validate_json(reply.text).data in (True, 1, "1", "true"))

print("checked:", checks)
