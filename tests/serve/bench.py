"""What `whatsgate serve` costs: the time of a send through it beside one straight to the gateway, its start and its memory.

Both are measured in turns in the same run, against the sandbox on the same machine, over one kept connection. Also a file of a
given size both ways, with the most memory that the service had. Memory is read from /proc, so it needs Linux.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

from blackbox import Http, Service


def memory(process, name):
    with open(f"/proc/{process.pid}/status") as status:
        lines = [line for line in status if line.startswith(name)]
    return int(lines[0].split()[1]) / 1024


def send_file(service, token, session, folder, mebibytes):
    """A file of this size through the service to the gateway, as an upload."""
    path = os.path.join(folder, "file.bin")
    with open(path, "wb") as file:
        for _ in range(mebibytes):
            file.write(os.urandom(1 << 20))
    began = time.monotonic()
    curl = ["curl", "--silent", "--show-error", "--max-time", "600", f"http://{service.host}/v1/sessions/{session}/messages?wait=120"]
    curl += ["-H", f"Authorization: Bearer {token}", "-H", "Idempotency-Key: file"]
    curl += ["-F", 'request={"recipient":"79991112233"}', "-F", f"file=@{path}"]
    answer = json.loads(subprocess.run(curl, check=True, capture_output=True).stdout)
    http = Http(service.host, {"Authorization": f"Bearer {token}"})
    while answer["state"] in ("queued", "sending"):
        _, answer = http.call("GET", "/v1/messages/file?wait=60")
    return answer, time.monotonic() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("whatsgate", help="the program, built with --release")
    parser.add_argument("--sends", type=int, default=1000)
    # The sandbox holds it in memory, in base64 and several times over.
    parser.add_argument("--mebibytes", type=int, default=180)
    args = parser.parse_args()
    args.store = None
    with tempfile.TemporaryDirectory() as folder:
        command = [args.whatsgate, "--json", "sandbox", "--admin", "--bind", "127.0.0.1:0"]
        command += ["--body-limit", str(max(256, 2 * args.mebibytes))]
        sandbox = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        gateway = json.loads(sandbox.stdout.readline())
        environment = {**os.environ, "WHATSGATE_API_KEY": gateway["api_key"], "WHATSGATE_BASE_URL": gateway["base_url"]}
        service = Service(args, folder, environment)
        try:
            measure(args, folder, gateway, service)
        finally:
            service.process.kill()
            sandbox.kill()


def measure(args, folder, gateway, service):
    began = time.monotonic()
    service.start()
    started = time.monotonic() - began
    add = [args.whatsgate, "--json", "tokens", "add", "bench", "--store", service.store]
    token = json.loads(subprocess.run(add, check=True, capture_output=True, text=True).stdout)["token"]
    time.sleep(3)
    print(f"start {1000 * started:.0f} ms, idle memory {memory(service.process, 'VmRSS'):.1f} MiB")
    session = gateway["session"]
    address = urllib.parse.urlsplit(gateway["base_url"])
    straight = Http(address.netloc, {"X-Api-Key": gateway["api_key"]})
    through = Http(service.host, {"Authorization": f"Bearer {token}"})
    times = {"straight": [], "through": []}
    for number in range(args.sends):
        message = {"body": f"message {number}"}
        began = time.perf_counter()
        body = {"WhatsappID": session, "async": False, "recipient": {"number": "79991112233"}, "message": message}
        status, _ = straight.call("POST", f"{address.path}/send", body)
        assert status == 200
        times["straight"].append(time.perf_counter() - began)
        began = time.perf_counter()
        body = {"recipient": "79991112233", "message": message}
        path = f"/v1/sessions/{session}/messages?wait=30"
        status, answer = through.call("POST", path, body, {"Idempotency-Key": f"bench-{number}"})
        assert (status, answer["state"]) == (200, "sent"), answer
        times["through"].append(time.perf_counter() - began)
    medians = {way: 1000 * statistics.median(all) for way, all in times.items()}
    added = medians["through"] - medians["straight"]
    print(f"a send: {medians['straight']:.2f} ms straight, {medians['through']:.2f} ms through the service: {added:.2f} ms more")
    if args.mebibytes:
        answer, seconds = send_file(service, token, session, folder, args.mebibytes)
        peak = memory(service.process, "VmHWM")
        print(f"{args.mebibytes} MiB up: {answer['state']} ({answer['reason']}) in {seconds:.1f} s, peak {peak:.1f} MiB")
        if answer["state"] != "sent":
            sys.exit(1)
        began, target = time.monotonic(), os.path.join(folder, "back.bin")
        url = f"http://{service.host}/v1/sessions/{session}/media/{urllib.parse.quote(answer['message_id'])}"
        curl = ["curl", "--silent", "--fail", "--output", target, "-H", f"Authorization: Bearer {token}", url]
        subprocess.run(curl, check=True)
        size, peak = os.path.getsize(target) >> 20, memory(service.process, "VmHWM")
        print(f"{size} MiB down in {time.monotonic() - began:.1f} s, peak {peak:.1f} MiB")


if __name__ == "__main__":
    main()
