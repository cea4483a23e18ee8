"""A program on the client that openapi-python-client makes of openapi.json, against the sandbox."""

import os

import httpx

from whatsgate_client import AuthenticatedClient
from whatsgate_client.api.whatsgate import check as check_number
from whatsgate_client.api.whatsgate import events_get, send
from whatsgate_client.models import (
    CheckRequest, ErrorBody, Event, EventData, EventsGetRequest, Message, OutgoingMessage, Recipient, SendRequest)

checks = 0


def check(what: str, ok: bool) -> None:
    global checks
    assert ok, what
    checks += 1


def refuse_errors(response: httpx.Response) -> None:
    """The client reads JSON whatever the status, and a proxy's page is none: this looks at the status first."""
    response.read()
    response.raise_for_status()


client = AuthenticatedClient(
    base_url=os.environ["WHATSGATE_BASE_URL"], token=os.environ["WHATSGATE_API_KEY"], prefix="",
    auth_header_name="X-Api-Key", httpx_args={"event_hooks": {"response": [refuse_errors]}})
session = os.environ["WHATSGATE_SESSION"]


def hello(session: str, asynchronous: bool = False) -> SendRequest:
    return SendRequest(
        whatsapp_id=session, async_=asynchronous, recipient=Recipient(number="79991112233"),
        message=OutgoingMessage(body="Hello from openapi-python-client"))


sent = send.sync(client=client, body=hello(session)).result
check("a sent message is an object", isinstance(sent, Message) and sent.id.startswith("true_"))
queued = send.sync(client=client, body=hello(session, True)).result
check("a queued message is a word", queued == "OK")


def data_of(event: Event) -> EventData:
    """The data of an event, as far as they are an object."""
    return EventData.from_dict(event.event_data if isinstance(event.event_data, dict) else {})


events = events_get.sync(client=client, body=EventsGetRequest(whatsapp_id="odd-events")).data
check("odd data lose no event", [event.id for event in events] == [1, 2, 3, 4, 5, 6])
messages = [data_of(event).message for event in events]
check("the message is read", [message.body for message in messages if isinstance(message, Message)] == ["212"])


def failure(session: str) -> httpx.Response:
    try:
        send.sync(client=client, body=hello(session))
    except httpx.HTTPStatusError as error:
        return error.response
    raise AssertionError("it did not fail")


short = failure("short-error")
check("an error of one member is an error", short.status_code == 500)
check("its message is read", ErrorBody.from_dict(short.json()).message == "Something went wrong.")
check("a proxy's page is an error", failure("bad-gateway").status_code == 502)

for asked in (session, "text-flag"):
    registered = check_number.sync(client=client, body=CheckRequest(whatsapp_id=asked, number="79991112233")).data
    check("a number is registered", registered in (True, 1, "1", "true"))

print("checked:", checks)
