"""A program on the client that openapi-generator (python) makes of openapi.json, against the sandbox."""

import os
import time

import whatsgate_client as whatsgate

checks = 0


def check(what: str, ok: bool) -> None:
    global checks
    assert ok, what
    checks += 1


def client(url: str, key: str) -> whatsgate.WhatsgateApi:
    configuration = whatsgate.Configuration(host=url, api_key={"ApiKey": key})
    return whatsgate.WhatsgateApi(whatsgate.ApiClient(configuration))


url, key = os.environ["WHATSGATE_BASE_URL"], os.environ["WHATSGATE_API_KEY"]
api = client(url, key)

created = api.session_create(whatsgate.SessionCreateRequest(name="Python")).data
check("a new session is pending", created.status == "PENDING")
session = created.unique_id
ready = False
for _ in range(100):
    page = api.sessions_get(whatsgate.SessionsGetRequest(WhatsappID=session))
    if ready := page.data[0].status == "READY":
        break
    time.sleep(0.02)
check("the session becomes ready", ready)

request = whatsgate.SendRequest(
    WhatsappID=session,
    recipient=whatsgate.Recipient(number="79991112233"),
    message=whatsgate.OutgoingMessage(body="Hello from Python"),
)
message = api.send(request).result.actual_instance
check("a sent message is an object", message.id.startswith("true_"))
check("a text has the type chat", message.type == "chat" and message.body == "Hello from Python")
request.var_async = True
check("a queued message is a word", api.send(request).result.actual_instance == "OK")



def is_registered(session: str, number: str) -> bool:
    data = api.check(whatsgate.CheckRequest(WhatsappID=session, number=number)).data
    return data in (True, 1, "1", "true")


check("a number is registered", is_registered(session, "79991112233") and is_registered("text-flag", "79991112233"))
check("another is not", not is_registered(session, "79991110000"))

chats = api.get_chats(whatsgate.GetChatsRequest(WhatsappID=session)).data
groups = [chat for chat in chats if chat.is_group]
contacts = [chat for chat in chats if not chat.is_group]
check("chats are contacts and groups", bool(groups and contacts))
for chat in groups:
    check("a group has members", len(chat.group_metadata.participants) > 0)
for chat in contacts:
    check("a contact has no group metadata", chat.group_metadata is None)



def data_of(event: whatsgate.Event) -> whatsgate.EventData | None:
    """The data of an event, if they are an object."""
    return whatsgate.EventData.from_dict(event.event_data) if isinstance(event.event_data, dict) else None


events = client(os.environ["NEWER_URL"], key).events_get(whatsgate.EventsGetRequest()).data
check("an event of an unknown kind is read", events[0].event_action == "call")
check("its data are kept", "call" in data_of(events[0]).additional_properties)
check("the event after it is read", data_of(events[1]).message.body == "212")

events = api.events_get(whatsgate.EventsGetRequest(WhatsappID="odd-events")).data
check("odd data lose no event", [event.id for event in events] == [1, 2, 3, 4, 5, 6])
messages = [data.message for data in map(data_of, events) if data and data.message]
check("the message is read", [message.body for message in messages] == ["212"])


def failure(session: str) -> whatsgate.ApiException | None:
    request.whatsapp_id = session
    try:
        api.send(request)
    except whatsgate.ApiException as error:
        return error
    return None


short = failure("short-error")
check("an error of one member is an error", short is not None and short.status == 500)
check("its message is read", short.data.message == "Something went wrong.")
proxy = failure("bad-gateway")
check("a proxy's page is an error", proxy is not None and proxy.status == 502)

try:
    client(url, "wrong").get_chats(whatsgate.GetChatsRequest(WhatsappID=session))
    check("a wrong key is an error", False)
except whatsgate.ApiException as error:
    check("a wrong key is an error", error.status == 401)
    check("the error's name is read", error.data.name == "Unauthorized")

print("checked:", checks)
