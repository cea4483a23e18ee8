import os

TOKEN = os.environ["TOKEN"]
# ANCHOR: loop
import json
import urllib.request


def call(path, body=None):
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:8070{path}", data, headers)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "null")


def next_page():
    page = call("/v1/events?consumer=orders&wait=20")
    for entry in page["events"]:
        handle(entry["event"], entry["key"])  # the key is the same each time the event comes
        done = {"consumer": "orders", "lease": page["lease"], "position": entry["position"]}
        call("/v1/events/ack", done)  # what is not acknowledged within 60 seconds is handed out again
# ANCHOR_END: loop


texts = []


def handle(event, key):
    if event["event_action"] == "message":
        texts.append(event["event_data"]["message"]["body"])


call("/v1/events?consumer=orders&start=beginning&wait=0")
body = {"WhatsappID": os.environ["SESSION"], "chat": "79991112233@c.us", "message": {"body": "Is it in stock?"}}
headers = {"X-Api-Key": os.environ["WHATSGATE_API_KEY"], "Content-Type": "application/json"}
urllib.request.urlopen(urllib.request.Request(f"{os.environ['ADMIN']}/write", json.dumps(body).encode(), headers))
while not texts:
    next_page()
assert texts == ["Is it in stock?"], texts
