"""A program on the Python client generated from openapi.json, against the sandbox."""

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
    recipient=whatsgate.Recipient(whatsgate.RecipientByNumber(number="79991112233")),
    message=whatsgate.OutgoingMessage(body="Hello from Python"),
)
message = api.send(request).result.actual_instance
check("a synchronous send returns the message", message.id.startswith("true_"))
check("a text has the type chat", message.type == "chat" and message.body == "Hello from Python")
request.var_async = True
check("an asynchronous send returns a word", api.send(request).result.actual_instance == "OK")

check("a number is registered", api.check(whatsgate.CheckRequest(WhatsappID=session, number="79991112233")).data)
check("another is not", not api.check(whatsgate.CheckRequest(WhatsappID=session, number="79991110000")).data)

chats = api.get_chats(whatsgate.GetChatsRequest(WhatsappID=session)).data
groups = [chat for chat in chats if chat.is_group]
contacts = [chat for chat in chats if not chat.is_group]
check("chats are contacts and groups", bool(groups and contacts))
for chat in groups:
    check("a group has members", len(chat.group_metadata.participants) > 0)
for chat in contacts:
    check("a contact has no group metadata", chat.group_metadata is None)

events = client(os.environ["NEWER_URL"], key).events_get(whatsgate.EventsGetRequest()).data
check("an event of an unknown kind is read", events[0].event_action == "call")
check("its data are kept", "call" in events[0].event_data.additional_properties)
check("the event after it is read", events[1].event_data.message.body == "212")

try:
    client(url, "wrong").get_chats(whatsgate.GetChatsRequest(WhatsappID=session))
    check("a wrong key is an error", False)
except whatsgate.ApiException as error:
    check("a wrong key is an error", error.status == 401)
    check("the error's name is read", error.data.name == "Unauthorized")

print("checked:", checks)
