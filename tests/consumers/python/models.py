"""Every documented body through the Python models of its schema, there and back. Arguments: schemas, fixtures."""

import importlib
import json
import pathlib
import sys

import pydantic

schemas, fixtures = map(pathlib.Path, sys.argv[1:])
index = json.loads((schemas / "index.json").read_text())
models = importlib.import_module("whatsgate_models")
MISTAKES = {"quirk.get-chats.openapi-typos"}
checked = 0


def check(name: str, model: str, value: object, mistaken: bool = False) -> None:
    global checked
    checked += 1
    # Strict: `true` is no number, as in the schemas.
    try:
        read = getattr(models, model).model_validate(value, strict=True)
    except pydantic.ValidationError as error:
        assert mistaken, f"{name} as {model}: {error}"
        return
    assert not mistaken, f"{name} as {model}: a documented mistake is accepted"
    written = read.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert written == value, f"{name} as {model} changed:\n{written}\n{value}"


for path in sorted(fixtures.rglob("*.json")):
    fixture, name = json.loads(path.read_text()), path.stem
    if "command" in fixture:
        command, response = index["commands"][fixture["command"]], fixture["response"]
        check(name, command["requestType"], fixture["request"]["body"])
        reply = command["replyType"] if response["status"] == 200 else "ErrorBody"
        check(name, reply, response["body"], name in MISTAKES)
    else:
        check(name, index["events"][fixture["event"]]["type"], fixture["body"])
        check(name, "Event", fixture["body"])
        check(name, "Acknowledgement", fixture["reply"])

unknown = {"id": 1, "event_action": "call", "event_data": []}
event = models.Event.model_validate(unknown).root
assert type(event) is models.OtherEvent, "an unknown kind of event is not read as such"

# The program of schemas/README.md relies on both.
queued = models.SendReply.model_validate({"result": "OK"}).result.root
assert queued == "OK", f"the result of a queued message is {queued!r}"
number = models.Recipient(models.RecipientByNumber(number="79991112233"))
request = models.SendRequest(
    WhatsappID="YOUR_WHATSAPP_ID", recipient=number, message=models.OutgoingMessage(body="Hello"), **{"async": True})
assert json.loads(request.model_dump_json(by_alias=True))["async"] is True, "`async` is not written"
print("checked:", checked + 3)
