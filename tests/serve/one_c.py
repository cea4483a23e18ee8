"""The calls of the modules for 1C, made to `whatsgate serve` and a gateway that runs along.

There is no interpreter of 1C here. What the modules send is read out of their text instead: every call of the function
`Вызвать` has its method and path written out, and beside it stand the parameters of the path, the body member by member, and
what of the answer is read. Each call is made just so, with invented values, and must succeed; what the module reads must be in
the answer. The service refuses members and queries that it does not know, so that a slip of the pen in the modules fails here.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

MODULES = pathlib.Path(__file__).parent.parent.parent / "schemas/1c"
NUMBER = "79991112233"


class Request:
    """A call of the service as the module's text has it."""

    def __init__(self, function, text):
        self.function = function
        (found,) = re.findall(r'Вызвать\("([A-Z]+)", "([^"]+)", ([^\n]*)\);', text)
        self.method, self.path, arguments = found
        given = [argument.strip() for argument in arguments.split(", ")]
        assert given[0] == "Параметры", f"{function}: {given}"
        shapes = {}
        for name in re.findall(r"^\t+(\w+) = Новый Структура;", text, re.MULTILINE):
            members = re.findall(rf'^\t+{name}\.Вставить\("(\w+)", (.*)\);', text, re.MULTILINE)
            shapes[name] = dict(members)
        self.parameters = list(shapes["Параметры"])
        assert sorted(self.parameters) == sorted(re.findall(r"{(\w+)}", self.path)), f"{function}: {self.path}"
        self.body = self.shape(shapes, "Тело") if "Тело" in given else None
        self.has_key = any("Ключ" in argument for argument in given)
        self.has_file = "Содержимое" in given
        self.reads = re.findall(r'Ответ\["(\w+)"\]', text)
        # What is read of each element of a list.
        self.reads_of_each = re.findall(r'Элемент\["(\w+)"\]', text)

    def shape(self, shapes, name):
        """The members of a structure: names, and below them those of the structures that are put in."""
        members = {}
        for member, expression in shapes[name].items():
            members[member] = self.shape(shapes, expression) if expression in shapes else None
        return members


def requests_of(text):
    found = {}
    for kind, name, body in re.findall(r"^(Функция|Процедура) (\w+)\(.*?\n(.*?)^Конец\1", text.replace("КонецФункции", "КонецФункция").replace("КонецПроцедуры", "КонецПроцедура"), re.MULTILINE | re.DOTALL):
        if 'Вызвать("' in body:
            found[name] = Request(name, body)
    assert len(found) == text.count('Вызвать("'), "one call in a function, and each is found"
    return found


def headers_of(text):
    """The headers that the modules set, as prefixes: the rest of a value is put together there."""
    return dict(re.findall(r'Заголовки\.Вставить\("([\w-]+)", "?([^"\n)]*)', text))


def parts_of(text):
    """The names of the parts of a call with a file."""
    return re.findall(r'form-data; name=""(\w+)""', text)


def members_read(text):
    """What each function that makes a structure of an object reads of it."""
    functions = re.findall(r"^Функция (\w+)\(Объект\)\n(.*?)^КонецФункции", text, re.MULTILINE | re.DOTALL)
    return {name: re.findall(r'Объект\["(\w+)"\]', body) for name, body in functions}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Setup:
    """A gateway and the service in front of it."""

    def __init__(self, program, folder):
        self.processes = []
        command = [program, "--json", "sandbox", "--admin", "--bind", "127.0.0.1:0"]
        gateway = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.processes.append(gateway)
        self.gateway = json.loads(gateway.stdout.readline())
        self.session = self.gateway["session"]
        store = f"sqlite:{os.path.join(folder, 'store.db')}"
        self.host = f"127.0.0.1:{free_port()}"
        environment = {
            **os.environ,
            "WHATSGATE_API_KEY": self.gateway["api_key"],
            "WHATSGATE_BASE_URL": self.gateway["base_url"],
        }
        environment.pop("WHATSGATE_STORE", None)
        command = [program, "serve", "--store", store, "--listen", self.host, "--no-limits"]
        log = open(os.path.join(folder, "serve.log"), "ab")
        serve = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
        self.processes.append(serve)
        for _ in range(1200):
            try:
                socket.create_connection(self.host.split(":"), timeout=1).close()
                break
            except OSError:
                if serve.poll() is not None:
                    sys.exit(f"serve ended: {pathlib.Path(log.name).read_text()}")
                time.sleep(0.05)
        add = [program, "--json", "tokens", "add", "1c", "--store", store]
        self.token = json.loads(subprocess.run(add, check=True, capture_output=True, text=True).stdout)["token"]

    def ask_gateway(self, path, **body):
        url = urllib.parse.urlsplit(self.gateway["base_url"])
        path = path if path.startswith("/") else f"{url.path}/{path}"
        connection = http.client.HTTPConnection(url.netloc, timeout=60)
        connection.request("POST", path, json.dumps(body), {"X-Api-Key": self.gateway["api_key"]})
        answer = connection.getresponse()
        content = json.loads(answer.read())
        assert answer.status == 200, (path, answer.status, content)
        return content

    def stop(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()


class Player:
    """Makes the calls of the modules."""

    def __init__(self, setup, text):
        self.setup, self.requests = setup, requests_of(text)
        self.headers, self.parts, self.read = headers_of(text), parts_of(text), members_read(text)
        assert set(self.headers) == {"Authorization", "Idempotency-Key", "Content-Type"}, self.headers
        assert self.headers["Authorization"] == "Bearer ", self.headers
        self.made = set()

    def fill(self, shape, values, within=""):
        """A body of this shape. There must be a value for each of its members, and none that it has no place for."""
        body = {}
        for name, inner in shape.items():
            path = f"{within}{name}"
            if inner is None or values.get(path, ...) is None:
                assert path in values, f"no value for {path}: does the module send what it should?"
                body[name] = values[path]
            else:
                body[name] = self.fill(inner, values, f"{path}.")
        return body

    def call(self, function, values=None, key=None, file=None, parameters=None):
        request = self.requests[function]
        parameters = parameters or {}
        assert set(parameters) == set(request.parameters), f"{function}: {request.parameters}"
        path = request.path
        for name, value in parameters.items():
            path = path.replace(f"{{{name}}}", urllib.parse.quote(str(value), safe=""))
        headers = {"Authorization": self.headers["Authorization"] + self.setup.token}
        assert (key is not None) == request.has_key, function
        if key is not None:
            headers["Idempotency-Key"] = key
        body = None
        if request.body is not None:
            filled = self.fill(request.body, values)
            body = json.dumps(filled, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
            if file is not None:
                assert request.has_file, function
                headers["Content-Type"] = "multipart/form-data; boundary=whatsgate-1"
                first, second = self.parts
                name = filled["file"]["filename"]
                body = (
                    f'--whatsgate-1\r\nContent-Disposition: form-data; name="{first}"\r\nContent-Type: application/json\r\n\r\n'.encode()
                    + body
                    + f'\r\n--whatsgate-1\r\nContent-Disposition: form-data; name="{second}"; filename="{name}"\r\n'.encode()
                    + b"Content-Type: application/octet-stream\r\n\r\n" + file + b"\r\n--whatsgate-1--\r\n"
                )
        connection = http.client.HTTPConnection(self.setup.host, timeout=90)
        connection.request(request.method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        assert 200 <= answer.status < 300, f"{function}: {request.method} {path}: {answer.status} {content[:500]}"
        self.made.add(function)
        if answer.headers.get("Content-Type") != "application/json":
            assert not request.reads, f"{function} reads JSON, and there is none"
            return answer.headers, content
        content = json.loads(content)
        for name in request.reads:
            assert name in content, f"{function} reads {name}, which is not in {list(content)}"
        return content

    def check_read(self, function, objects, optional=()):
        """What a function reads of an object stands in it, or in another of them."""
        present = {name for one in objects for name in one}
        missing = set(self.read[function]) - present - set(optional)
        assert objects and not missing, f"{function} reads {sorted(missing)}, which is in none of {len(objects)} objects"


def play(setup, player):
    session = setup.session
    here = {"session": session}

    # Sessions: one is made, renamed and deleted.
    made = player.call("СоздатьНовуюСессию", {"name": "Магазин"})
    # The list does not have what only a new one has, and the other way round.
    listed = player.call("ПолучитьВсеСессии")["sessions"]
    player.check_read("СессияИзОбъекта", [made, *listed], optional=("callback", "qr"))
    other = {"session": made["unique_id"]}
    player.call("ИзменитьИмяСессии", {"name": "Склад"}, parameters=other)
    names = [one["name"] for one in player.call("ПолучитьВсеСессии")["sessions"]]
    assert "Склад" in names, names
    player.call("УдалитьИмяСессии", parameters=other)

    # Events: a new consumer begins with what comes new.
    consumer = {"consumer": "1c", "limit": 50}
    page = player.call("ПолучитьСтраницуСобытий", parameters=consumer)
    assert not page["events"] and page["is_held"] is False, page

    # Messages: a text, the same call once more, and a file.
    text = {"recipient": NUMBER, "message.type": None, "message.body": "Ваш заказ готов", "message.quote": None, "file": None}
    to = {**here, "wait": 30}
    key = "6f1b1a1c-8d0e-4b59-9a37-0d5d5b1f7c11"
    sent = player.call("ОтправитьСообщение", text, key, parameters=to)
    assert (sent["state"], sent["key"]) == ("sent", key) and sent["message_id"], sent
    again = player.call("ОтправитьСообщение", text, key, parameters=to)
    assert again["message_id"] == sent["message_id"], "the same key is the same message"
    queued = player.call("ОтправитьСообщение", text, f"{key}-2", parameters={**here, "wait": 0})
    assert queued["key"] == f"{key}-2", queued
    answer = {**text, "message.quote": sent["message_id"], "recipient": f"{NUMBER}@c.us"}
    player.call("ОтправитьСообщение", answer, f"{key}-3", parameters=to)
    scan = {"message.body": "Счёт", "file.mimetype": None, "file.filename": "Счёт 17.pdf"}
    file = {name: value for name, value in {**text, **scan}.items() if name != "file"}
    bytes_of_file = b"%PDF-1.4 \x00\xff"
    with_file = player.call("ОтправитьСообщение", file, f"{key}-4", file=bytes_of_file, parameters=to)
    assert with_file["state"] == "sent", with_file

    # Files, in both forms.
    headers, content = player.call("ПолучитьМедиафайлСообщения", parameters={**here, "message": with_file["message_id"]})
    assert content == bytes_of_file and headers["content-type"] == "application/pdf", headers
    begin = "filename*=UTF-8''"
    name = headers["content-disposition"].split(begin)[1]
    assert urllib.parse.unquote(name) == "Счёт 17.pdf", name
    media = setup.ask_gateway("events-get", WhatsappID=session, action="create")["data"]
    media = next(one["event_data"]["message"] for one in media if one["event_data"]["message"].get("mediaKey"))
    _, content = player.call("ПолучитьПрикрепленныйМедиафайл", parameters={**here, "key": media["mediaKey"]})
    assert content, "the file of the key"

    # Chats and numbers.
    chats = player.call("ПолучитьВсеАктивныеЧаты", parameters=here)["chats"]
    groups = [chat for chat in chats if chat["isGroup"] is True]
    player.check_read("ЧатКонтактИзОбъекта", [chat for chat in chats if not chat["isGroup"]])
    player.check_read("ЧатГруппаИзОбъекта", groups)
    player.check_read("МетаданныеГруппыИзОбъекта", [group["groupMetadata"] for group in groups])
    player.check_read("УчастникГруппыИзОбъекта", [one for group in groups for one in group["groupMetadata"]["participants"]])
    for chat in (NUMBER, groups[0]["id"]):
        player.call("ПометитьКакПрочитанное", parameters={**here, "chat": chat})
        player.call("ПоказатьНаборТекста", parameters={**here, "chat": chat})
    found = player.call("ПроверитьЗарегистрированЛиНомер", parameters={**here, "number": NUMBER})
    assert found["registered"] is True, found

    # Events: the first is given up, the others are acknowledged.
    setup.ask_gateway("/admin/v1/write", WhatsappID=session, chat=f"{NUMBER}@c.us", message={"body": "Когда готов?"})
    seen, deadline = [], time.monotonic() + 90
    is_given_up = False
    while not any(event["event_action"] == "message" for event in seen):
        assert time.monotonic() < deadline, f"the event never came: {[event['event_action'] for event in seen]}"
        page = player.call("ПолучитьСтраницуСобытий", parameters=consumer)
        if not page["events"]:
            continue
        for event in page["events"]:
            for name in player.requests["ПолучитьСтраницуСобытий"].reads_of_each:
                assert name in event, f"of an event {name} is read"
            seen.append(event["event"])
        lease = {"consumer": "1c", "lease": page["lease"]}
        first, last = page["events"][0]["position"], page["events"][-1]["position"]
        if not is_given_up:
            player.call("ОтклонитьСобытие", {**lease, "position": first, "reason": "Обработчик не справился"})
            is_given_up = True
        # Of a page whose only event was given up nothing is left, and saying so changes nothing.
        player.call("ПодтвердитьСобытия", {**lease, "position": last})
    player.check_read("СобытиеИзОбъекта", seen, optional=("status_code",))
    messages = [event["event_data"]["message"] for event in seen if "message" in event["event_data"]]
    player.check_read("СообщениеИзОбъекта", messages, optional=("mediaKey",))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("whatsgate", help="the program")
    args = parser.parse_args()
    text = (MODULES / "Whatsgate_Сервер.bsl").read_text(encoding="utf-8")
    for other in ("Клиент", "Webhook"):
        assert "HTTPЗапрос" not in (MODULES / f"Whatsgate_{other}.bsl").read_text(encoding="utf-8"), other
    with tempfile.TemporaryDirectory() as folder:
        setup = Setup(os.path.abspath(args.whatsgate), folder)
        try:
            player = Player(setup, text)
            play(setup, player)
        finally:
            setup.stop()
    unmade = set(player.requests) - player.made
    assert not unmade, f"calls that were not made: {sorted(unmade)}"
    print(f"{len(player.made)} calls of the modules for 1C made to serve, all answered as the modules read")


if __name__ == "__main__":
    main()
