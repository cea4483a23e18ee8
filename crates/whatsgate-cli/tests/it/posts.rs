//! `listen --consumer`: posts at secret paths, beside the poll.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;

use serde_json::json;

use crate::consuming::Shop;
use crate::support::{Running, run, wait_until};

/// An address that nobody uses.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Posts this, and returns the first line of the answer.
fn post(address: SocketAddr, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: \
         close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

fn listen(shop: &Shop, address: SocketAddr, arguments: &[&str]) -> Running {
    let (bind, url) = (address.to_string(), format!("http://{address}/hook/"));
    let mut command = shop.command(&[
        "listen",
        "--consumer",
        "bot",
        "--bind",
        &bind,
        "--public-url",
        &url,
        "--action",
        "message",
    ]);
    let mut running = Running::start(command.args(arguments).stderr(Stdio::piped()));
    running.error_line("\"bot\" handles what comes after position ");
    running
}

fn callback(shop: &Shop) -> String {
    shop.json(&["sessions", "list"])["sessions"][0]["callback"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn posts_are_received_at_a_path_that_nobody_can_guess() {
    let shop = Shop::open();
    let address = free_address();
    // The poll does not come again within the test.
    let mut running = listen(&shop, address, &["--interval", "600"]);
    let url = callback(&shop);
    let secret = url.rsplit('/').next().unwrap().to_owned();
    assert!(url.starts_with(&format!("http://{address}/hook/")) && secret.len() == 32, "{url}");
    shop.gateway.receive("posted");
    let first = running.line("");
    assert!(first.contains("from 79991112233: posted"), "{first}");
    let forged = forged(&shop);
    assert_eq!(post(address, "/hook/0123456789abcdef0123456789abcdef", &forged), "HTTP/1.1 404 Not Found");
    assert_eq!(post(address, "/hook", &forged), "HTTP/1.1 404 Not Found");
    let ran = running.end("TERM");
    assert_eq!((ran.code, &*ran.out), (Some(0), ""), "{}", ran.err);
    assert!(!ran.err.contains(&secret) && !ran.out.contains(&secret), "{}{}", ran.out, ran.err);
    // What comes meanwhile is posted in vain, and fetched. The path stays.
    shop.gateway.receive("missed");
    let mut running = listen(&shop, address, &[]);
    running.line("missed");
    assert_eq!(callback(&shop), url);
    assert_eq!(running.signal("INT").code(), Some(0));
}

fn forged(shop: &Shop) -> String {
    json!({
        "id": 1000, "whatsapp_id": shop.gateway.session.as_str(), "event_action": "message",
        "event_date": "2026-01-31 10:20:30",
        "event_data": { "message": {
            "id": "false_79991112233@c.us_3EB0436AE1E682FF3A37", "from": "79991112233@c.us", "body": "forged"
        } }
    })
    .to_string()
}

#[test]
fn what_the_service_does_not_list_is_not_handled() {
    let shop = Shop::open();
    let address = free_address();
    let mut running = listen(&shop, address, &["--only-verified"]);
    let url = callback(&shop);
    let path = url.strip_prefix(&format!("http://{address}")).unwrap();
    assert_eq!(post(address, path, &forged(&shop)), "HTTP/1.1 200 OK");
    shop.gateway.receive("real");
    running.line("from 79991112233: real");
    wait_until("the forged one is given up", || shop.dead_letters().len() == 1);
    assert_eq!(shop.dead_letters()[0]["reason"], "the service does not list it");
    let ran = running.end("INT");
    assert!(ran.code == Some(0) && !ran.out.contains("forged"), "{}", ran.out);
}

#[test]
fn the_hook_of_another_program_is_taken_only_when_asked_to() {
    let shop = Shop::open();
    run(&mut shop.command(&["hook", "set", "http://127.0.0.1:9/of-another"])).done();
    let address = free_address();
    let (bind, url) = (address.to_string(), format!("http://{address}"));
    let arguments = ["listen", "--consumer", "bot", "--bind", &bind, "--public-url", &url];
    let error = run(shop.command(&arguments).arg("--json")).error(1);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("--take-hook") && !message.contains("of-another"), "{message}");
    assert_eq!(callback(&shop), "http://127.0.0.1:9/of-another");
    let running = listen(&shop, address, &["--take-hook"]);
    assert!(callback(&shop).starts_with(&url));
    assert_eq!(running.signal("INT").code(), Some(0));
}
