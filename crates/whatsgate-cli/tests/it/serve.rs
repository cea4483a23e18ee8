//! The service as a process. What it answers is tested with its crate.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Gateway, Running, directory, quiet, run, server, wait_until};

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
    running.error_line("has a mistake, and nothing of it was taken over");
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
