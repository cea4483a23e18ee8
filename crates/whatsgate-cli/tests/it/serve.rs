//! The service as a process. What it answers is tested with its crate.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use whatsgate_canary::{KEY, PHONE};

use crate::support::{Gateway, Running, directory, quiet, run, server, wait_until, whatsgate};

/// A service of the gateway over a store in a folder.
fn serve(gateway: &Gateway, folder: &Path) -> Command {
    let mut command = gateway.command();
    let store = format!("sqlite:{}", folder.join("shop.db").display());
    command.args(["serve", "--listen", "127.0.0.1:0", "--store", &store]);
    command
}

#[test]
fn a_signal_reads_the_forwarding_anew() {
    let gateway = Gateway::start(quiet());
    let folder = directory();
    let config = folder.path().join("whatsgate.toml");
    let forward = |consumer: &str, url: &str| {
        let text = format!("[[forward]]\nconsumer = \"{consumer}\"\nurl = \"{url}\"\n");
        std::fs::write(&config, text).unwrap();
    };
    let (first, received_first) = server(&["204 No Content", "204 No Content"]);
    let (second, received_second) = server(&["204 No Content"]);
    forward("crm", &first);
    let mut command = serve(&gateway, folder.path());
    let mut running = Running::start(command.arg("--config").arg(&config).stderr(Stdio::piped()));
    running.line("serving at");
    // A new consumer begins with what comes from now on.
    let consumers = || {
        let store = format!("sqlite:{}", folder.path().join("shop.db").display());
        gateway.run(&["events", "consumers", "--store", &store, "--json"]).json()["consumers"].clone()
    };
    wait_until("the consumer is there", || consumers()[0]["name"] == "crm");
    gateway.receive("one");
    assert_eq!(text_of(&received_first.recv().unwrap().body), "one");

    forward("erp", &second);
    running.tell("HUP");
    running.error_line("are read anew");
    wait_until("the other one is there too", || consumers()[1]["name"] == "erp");
    gateway.receive("two");
    assert_eq!(text_of(&received_second.recv().unwrap().body), "two");
    assert!(received_first.try_recv().is_err(), "it is not forwarded there any more");

    std::fs::write(&config, "[[forward]]\nconsumer = \"crm\"\n").unwrap();
    running.tell("HUP");
    running.error_line("nothing of the configuration was taken over: --config: ");
    running.error_line("line 1: missing field `url`");
    let twice = format!("[[forward]]\nconsumer = \"crm\"\nurl = \"{first}\"\n").repeat(2);
    std::fs::write(&config, twice).unwrap();
    running.tell("HUP");
    running.error_line("the consumer \"crm\" has two URLs");
    assert_eq!(running.signal("TERM").code(), Some(0));
}

fn text_of(event: &str) -> String {
    let event: Value = serde_json::from_str(event).unwrap();
    event["event_data"]["message"]["body"].as_str().unwrap().to_owned()
}

#[test]
fn a_second_service_on_the_same_file_says_so_and_ends() {
    let gateway = Gateway::start(quiet());
    let folder = directory();
    let mut first = Running::start(&mut serve(&gateway, folder.path()));
    first.line("serving at");
    let second = run(&mut serve(&gateway, folder.path()));
    assert_eq!((second.code, second.out.as_str()), (Some(1), ""), "{}", second.err);
    assert!(second.err.contains("owns the store"), "{}", second.err);
    assert_eq!(first.signal("TERM").code(), Some(0));
    // Its owner is gone.
    let mut third = Running::start(&mut serve(&gateway, folder.path()));
    third.line("serving at");
    assert_eq!(third.signal("TERM").code(), Some(0));
}

/// Somebody who has nothing else can try both ways.
#[test]
fn what_a_trial_prints_makes_the_other_side_write() {
    let folder = directory();
    let store = format!("sqlite:{}", folder.path().join("trial.db").display());
    let mut command = whatsgate();
    command.args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--store", &store]).stderr(Stdio::piped());
    let mut running = Running::start(&mut command);
    let served = running.line("serving at ");
    let at = served.split("http://").nth(1).unwrap().split(';').next().unwrap();
    let added = run(whatsgate().args(["tokens", "add", "demo", "--store", &store])).done();
    let token = added.lines().last().unwrap();

    let said = running.error_line("the other side writes with:");
    assert!(said.contains("/messages?wait=30"), "{said}");
    let said = running.error_line("and what it wrote comes with:");
    let part =
        |begin: &str, end: &str| said.split(begin).nth(1).unwrap().split(end).next().unwrap().to_owned();
    let body: Value = serde_json::from_str(&part("-d '", "'")).unwrap();
    let written = call(
        &part("http://", "/"),
        "POST /admin/v1/write",
        &format!("x-api-key: {}", part("X-Api-Key: ", "'")),
        &body,
    );
    assert!(written.starts_with("HTTP/1.1 200 "), "{written}");
    let said = running.error_line("Bearer $TOKEN");
    let path = said.split(at).nth(1).unwrap().split('"').next().unwrap();
    let came = call(at, &format!("GET {path}"), &format!("authorization: Bearer {token}"), &json!({}));
    assert!(came.starts_with("HTTP/1.1 200 ") && came.contains("\"Hi\""), "{came}");
    assert_eq!(running.signal("TERM").code(), Some(0));

    // Another token of this name there is none: what was printed the first time would throw the good one away.
    let mut again = Running::start(&mut command);
    let said = again.error_line("order-17");
    assert!(said.contains("TOKEN=...  # that of demo"), "{said}");
    assert_eq!(again.signal("TERM").code(), Some(0));
}

/// The whole answer to a call.
fn call(at: &str, line: &str, header: &str, body: &Value) -> String {
    let (mut stream, body) = (TcpStream::connect(at).unwrap(), body.to_string());
    write!(
        stream,
        "{line} HTTP/1.1\r\nhost: {at}\r\n{header}\r\nidempotency-key: order-17\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// What it has is said; what opens anything is not in it, in whatever file of the store.
#[test]
fn a_stolen_store_shows_messages_and_opens_nothing() {
    let gateway = Gateway::start(quiet());
    let folder = directory();
    let store = format!("sqlite:{}", folder.path().join("shop.db").display());
    let added = gateway.run(&["tokens", "add", "shop", "--store", &store]).done();
    let token = added.lines().last().unwrap();
    assert!(token.starts_with("wgs_"), "{added}");
    let mut command = serve(&gateway, folder.path());
    let mut running = Running::start(command.args(["--relay-origin", "https://shop.example", "--json"]));
    let served: Value = serde_json::from_str(&running.line("url")).unwrap();
    let at = served["url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let post = |path: &str, body: &Value| {
        let answer = call(at, &format!("POST {path}"), &format!("authorization: Bearer {token}"), body);
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
        answer
    };
    let session = &gateway.session;
    post(
        &format!("/v1/sessions/{session}/messages?wait=30"),
        &json!({ "recipient": "79991112233", "message": { "body": "the order is ready" } }),
    );
    let minted = post(
        "/v1/relay-tokens",
        &json!({ "session": session, "commands": ["events-get"], "chats": ["79991112233"], "subject": "visitor 17" }),
    );
    let page = minted.split('"').find(|part| part.starts_with("wgr_")).unwrap();
    assert_eq!(running.signal("KILL").code(), None);
    let mut stolen = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            stolen.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |text: &str| stolen.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    for told in ["the order is ready", "79991112233", "order-17", "visitor 17"] {
        assert!(holds(told), "{told}");
    }
    for (name, secret) in [("key", gateway.sandbox.api_key()), ("token", token), ("page's token", page)] {
        assert!(secret.len() > 8 && !holds(secret), "the {name} is in the store");
    }
}

#[test]
fn each_call_is_a_line_of_the_log_without_what_it_was_about() {
    let gateway = Gateway::start(quiet());
    let folder = directory();
    let mut command = serve(&gateway, folder.path());
    let mut running = Running::start(command.args(["--json", "-v"]).stderr(Stdio::piped()));
    let served: Value = serde_json::from_str(&running.line("url")).unwrap();
    let at = served["url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(at).unwrap();
    write!(
        stream,
        "GET /v1/sessions/{}/check/{PHONE} HTTP/1.1\r\nhost: {at}\r\nauthorization: Bearer {KEY}\r\nconnection: close\r\n\r\n",
        gateway.session
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let ran = running.end("TERM");
    let line = ran.err.lines().find(|line| line.contains("answered")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    let note = &line["note"];
    assert_eq!(note["route"], "/v1/sessions/{session}/check/{number}");
    assert_eq!(
        (&note["method"], &note["status"], &note["level"]),
        (&"GET".into(), &401.into(), &"info".into())
    );
    assert!(note["milliseconds"].is_u64() && note["time"].as_str().unwrap().ends_with('Z'), "{note}");
    for secret in [KEY, PHONE, gateway.session.as_str()] {
        assert!(!ran.err.contains(secret), "{}", ran.err);
    }
}
