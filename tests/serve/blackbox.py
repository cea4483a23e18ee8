"""Messages and events through `whatsgate serve` while it is killed, counted at the gateway.

Nothing of this repository is linked: a program in another language, with HTTP and a token. It sends messages under keys and
sends each again when in doubt, as a program would, and handles events in pages by two workers, one of which stalls at times.
The service is killed with SIGKILL again and again meanwhile. In the end the gateway's own list of messages is asked.
"""

import argparse
import collections
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

FAULTS = [
    {"on": "send", "probability": 0.03, "kind": "close_after"},
    {"on": "send", "probability": 0.02, "kind": "close_before"},
    {"on": "send", "probability": 0.02, "kind": "error", "form": "bad_gateway"},
    {"on": "events-get", "probability": 0.02, "kind": "error", "form": "bad_gateway"},
]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Http:
    """One kept connection of one thread."""

    def __init__(self, host, headers):
        self.host, self.headers, self.connection = host, headers, None

    def call(self, method, path, body=None, headers=None, timeout=60):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.host, timeout=timeout)
        try:
            text = None if body is None else json.dumps(body)
            self.connection.request(method, path, text, {**self.headers, **(headers or {})})
            answer = self.connection.getresponse()
            status, content = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise
        return status, json.loads(content) if content else None


class Service:
    """The process under test."""

    def __init__(self, args, folder, environment):
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.log = open(os.path.join(folder, "serve.log"), "ab")
        store = args.store or f"sqlite:{os.path.join(folder, 'store.db')}"
        self.store = store
        self.command = [args.whatsgate, "serve", "--store", store, "--listen", self.host, "--no-limits"]
        self.environment, self.process = environment, None

    def start(self):
        self.process = subprocess.Popen(self.command, env=self.environment, stdout=self.log, stderr=self.log)
        for _ in range(1200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"serve ended with {self.process.returncode}: see {self.log.name}")
                time.sleep(0.05)
        sys.exit("serve does not listen")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def start_gateway(args, folder):
    faults = os.path.join(folder, "faults.json")
    with open(faults, "w") as file:
        json.dump(FAULTS, file)
    kept = str(args.messages * 10 + args.events * 2 + 1000)
    command = [args.whatsgate, "--json", "sandbox", "--admin", "--bind", "127.0.0.1:0", "--faults", faults]
    command += ["--set", f"kept_events={kept}", "--set", "ack_interval_ms=200", "--seed", str(args.seed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = process.stdout.readline()
    return process, json.loads(line)


def put_messages(service, token, session, numbers, states, chance):
    http = Http(service.host, {"Authorization": f"Bearer {token}"})
    path = f"/v1/sessions/{session}/messages"
    for number in numbers:
        body = {"recipient": f"7999{number:07}", "message": {"body": f"order {number:06}"}}
        header = {"Idempotency-Key": f"order-{number:06}"}
        # Whoever is in doubt sends the call again, and one who is not may do so as well.
        again = 2 if chance.random() < 0.1 else 1
        while again:
            try:
                status, answer = http.call("POST", path, body, header)
            except (OSError, http_errors):
                time.sleep(0.02)
                continue
            if status == 503:
                time.sleep(0.05)
                continue
            if status not in (200, 202):
                raise SystemExit(f"message {number}: {status} {answer}")
            states[answer["key"]] = answer["state"]
            again -= 1


http_errors = http.client.HTTPException


def write_events(gateway, session, numbers):
    address = urllib.parse.urlsplit(gateway["base_url"]).netloc
    http = Http(address, {"X-Api-Key": gateway["api_key"]})
    for number in numbers:
        chat = f"7999{number % 200:07}@c.us"
        body = {"WhatsappID": session, "chat": chat, "message": {"body": f"question {number:06}"}}
        status, answer = http.call("POST", "/admin/v1/write", body)
        if status != 200:
            raise SystemExit(f"the gateway refused to be written to: {status} {answer}")


class Reader(threading.Thread):
    """A worker that handles pages of events, in order, and at times forgets to acknowledge."""

    def __init__(self, service, token, seen, lock, ends, chance):
        super().__init__(daemon=True)
        self.http = Http(service.host, {"Authorization": f"Bearer {token}"})
        self.seen, self.lock, self.ends, self.chance, self.failure = seen, lock, ends, chance, None

    def run(self):
        try:
            while not self.ends.is_set():
                try:
                    self.page()
                except (OSError, http_errors):
                    time.sleep(0.02)
        except BaseException as failure:  # Said by whoever waits for this thread.
            self.failure = failure

    def page(self):
        path = "/v1/events?consumer=orders&start=beginning&limit=200&wait=2&lease_seconds=3"
        status, page = self.http.call("GET", path)
        if status == 503:
            time.sleep(0.05)
            return
        assert status == 200, (status, page)
        if not page["events"]:
            return
        positions = [event["position"] for event in page["events"]]
        assert positions == sorted(positions), "a page is in the order of the journal"
        with self.lock:
            for event in page["events"]:
                if event["event"]["event_action"] == "message":
                    self.seen[event["event"]["event_data"]["message"]["body"]] += 1
        if self.chance.random() < 0.02:
            time.sleep(4)  # Stalls: the page goes to the other one.
        body = {"consumer": "orders", "lease": page["lease"], "position": positions[-1]}
        status, answer = self.http.call("POST", "/v1/events/ack", body)
        assert status in (200, 409, 503), (status, answer)


def messages_of_gateway(gateway, session):
    """How often each text was sent, as the gateway itself lists it."""
    address = urllib.parse.urlsplit(gateway["base_url"])
    http = Http(address.netloc, {"X-Api-Key": gateway["api_key"]})
    http.call("POST", "/admin/v1/set-faults", {"rules": []})
    counts, page = collections.Counter(), 1
    while True:
        body = {"WhatsappID": session, "action": "create", "page": page, "page_size": 500}
        status, answer = http.call("POST", f"{address.path}/events-get", body)
        assert status == 200, (status, answer)
        for event in answer["data"]:
            counts[event["event_data"]["message"]["body"]] += 1
        if page >= answer["pages"]:
            return counts
        page += 1


def final_states(service, token):
    """How each message stands, once none is on its way."""
    http = Http(service.host, {"Authorization": f"Bearer {token}"})
    deadline, quiet, before = time.monotonic() + 300, 0, None
    while True:
        states, after = {}, 0
        while after is not None:
            status, answer = http.call("GET", f"/v1/messages?limit=500&after={after}")
            if status != 200:
                time.sleep(0.2)
                continue
            for message in answer["messages"]:
                states[message["key"]] = message["state"]
            after = answer["next"]
        tally = collections.Counter(states.values())
        quiet = quiet + 1 if tally == before else 0
        before = tally
        # What is unknown is found by the next rounds of the poll, if at all.
        is_over = tally["unknown"] == 0 or quiet > 12
        if tally["queued"] + tally["sending"] == 0 and is_over or time.monotonic() > deadline:
            return states
        time.sleep(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("whatsgate", help="the program")
    parser.add_argument("--messages", type=int, default=400)
    parser.add_argument("--events", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", help="instead of a SQLite file of its own")
    args = parser.parse_args()
    chance = random.Random(args.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        gateway_process, gateway = start_gateway(args, folder)
        session = gateway["session"]
        environment = {**os.environ, "WHATSGATE_API_KEY": gateway["api_key"], "WHATSGATE_BASE_URL": gateway["base_url"]}
        environment.pop("WHATSGATE_STORE", None)
        service = Service(args, folder, environment)
        try:
            run(args, chance, began, gateway, session, service)
        finally:
            if service.process is not None:
                service.process.kill()
            gateway_process.kill()


def run(args, chance, began, gateway, session, service):
    service.start()
    add = [args.whatsgate, "--json", "tokens", "add", "orders", "--store", service.store]
    token = json.loads(subprocess.run(add, check=True, capture_output=True, text=True).stdout)["token"]
    states, seen, lock, ends = {}, collections.Counter(), threading.Lock(), threading.Event()
    readers = [Reader(service, token, seen, lock, ends, random.Random(args.seed + n)) for n in range(2)]
    for reader in readers:
        reader.start()
    failures = []

    def guarded(work, *arguments):
        try:
            work(*arguments)
        except BaseException as failure:
            failures.append(failure)

    # The consumer begins with what the journal holds, so that nothing is missed before its first call.
    threads = [
        threading.Thread(
            target=guarded,
            args=(put_messages, service, token, session, range(part, args.messages, 4), states, random.Random(part)),
        )
        for part in range(4)
    ]
    threads.append(threading.Thread(target=guarded, args=(write_events, gateway, session, range(args.events))))
    for thread in threads:
        thread.start()
    kills = 0
    while any(thread.is_alive() for thread in threads) or kills < args.kills:
        # Spread over the work: each kill waits for its share of the messages.
        share = args.messages * (kills + 1) / (args.kills + 1)
        if kills < args.kills and (len(states) >= share or not any(thread.is_alive() for thread in threads)):
            time.sleep(chance.random() * 0.5)
            service.kill()
            service.start()
            kills += 1
        time.sleep(0.01)
    assert not failures, failures
    deadline = time.monotonic() + 180
    wanted = {f"question {number:06}" for number in range(args.events)}
    while time.monotonic() < deadline:
        with lock:
            missing = sum(seen[text] == 0 for text in wanted)
        if not missing or any(reader.failure for reader in readers):
            break
        time.sleep(0.2)
    ends.set()
    for reader in readers:
        reader.join(30)
        assert reader.failure is None, reader.failure
    states = final_states(service, token)
    sent = messages_of_gateway(gateway, session)
    texts = {f"order-{number:06}": f"order {number:06}" for number in range(args.messages)}
    assert set(states) == set(texts), "every key is known"
    doubled = [key for key, text in texts.items() if sent[text] > 1]
    wrong = [key for key, state in states.items() if state == "sent" and sent[texts[key]] != 1]
    unseen = [key for key, state in states.items() if state == "unknown" and sent[texts[key]]]
    lost = [key for key, state in states.items() if state == "not_sent" and sent[texts[key]]]
    repeated = sum(count - 1 for text, count in seen.items() if text in wanted and count > 1)
    tally = collections.Counter(states.values())
    print(
        f"{args.messages} messages and {args.events} events through serve, {kills} kills, "
        f"{time.monotonic() - began:.0f} s: {len(doubled)} doubled, {missing} events missed, "
        f"{repeated} events handed over again, {len(unseen)} sent and still unknown, states {dict(tally)}"
    )
    assert not doubled, f"sent more than once: {doubled[:5]}"
    assert not wrong, f"said to be sent: {wrong[:5]}"
    assert not lost, f"said to be not sent: {lost[:5]}"
    assert not missing, f"{missing} events were never handed over"
    assert tally["sent"] > args.messages * 0.8, "most are sent"


if __name__ == "__main__":
    main()
