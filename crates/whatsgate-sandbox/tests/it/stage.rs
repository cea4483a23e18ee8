//! Many gateways on one server.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use whatsgate_sandbox::{Fault, FaultRule, Gateway, Scene, Settings, Stage};

const START: u64 = 1_662_575_377_000;

/// Posts a body and returns all that comes back.
async fn post(base_url: &str, path: &str, body: &'static str) -> String {
    let (host, base) = base_url.trim_start_matches("http://").split_once('/').expect("there is a path");
    let key = Settings::default().api_keys.remove(0);
    let request = format!(
        "POST /{base}{path} HTTP/1.1\r\nHost: {host}\r\nX-Api-Key: {key}\r\nX-Mine: Yes\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let host = host.to_owned();
    let exchange = move || {
        let mut stream = TcpStream::connect(host)?;
        stream.write_all(request.as_bytes())?;
        let mut reply = String::new();
        // What came before a cut counts.
        let _ = stream.read_to_string(&mut reply);
        std::io::Result::Ok(reply)
    };
    tokio::task::spawn_blocking(exchange).await.expect("it does not panic").expect("the server is there")
}

#[tokio::test]
async fn scenes_do_not_see_each_other() {
    let stage = Stage::start().await.unwrap();
    let faulty = Settings { faults: vec![FaultRule::new(Fault::CloseAfter)], ..Settings::default() };
    let good = stage.open("good", Scene::new(Gateway::new(Settings::default()), START));
    let bad = stage.open("bad", Scene::new(Gateway::new(faulty), START));
    let created = post(&good, "/session-create", r#"{"name":"Shop"}"#).await;
    assert!(created.starts_with("HTTP/1.1 200 OK") && created.contains("2022-09-07 18:29:37"), "{created}");
    assert_eq!(post(&bad, "/session-create", r#"{"name":"Shop"}"#).await, "");
    post(&bad, "x/y?z=1", "").await;

    let seen = stage.close("good").unwrap();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("POST", "/api/v1/session-create"));
    assert_eq!((seen[0].header("x-mine"), &*seen[0].body), (Some("Yes"), &br#"{"name":"Shop"}"#[..]));
    assert!(!format!("{seen:?}").contains("Shop"));
    let seen = stage.close("bad").unwrap();
    assert_eq!((seen.len(), seen[1].path.as_str()), (2, "/api/v1x/y?z=1"));
    assert!(post(&good, "/session-create", "{}").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn a_clock_stands_and_replies_are_tampered_with() {
    let stage = Stage::start().await.unwrap();
    let mut gateway = Gateway::new(Settings::default());
    let session = gateway.ready_session("Shop", START);
    let scene = Scene::new(gateway, START).still().after_requests(move |gateway, requests, now| {
        assert_eq!(now, START);
        if requests == 1 {
            gateway.disconnect(&session, "LOGOUT", now).unwrap();
        }
    });
    let scene = scene.tampered(|command, body| [command.as_bytes(), b":", body].concat());
    let url = stage.open("one", scene);
    let first = post(&url, "/events-get", r#"{"action":"disconnect"}"#).await;
    assert!(first.contains("events-get:{") && !first.contains("LOGOUT"), "{first}");
    assert!(post(&url, "/events-get", r#"{"action":"disconnect"}"#).await.contains("LOGOUT"));
    assert_eq!(stage.look("one", |gateway| gateway.ready_sessions().len()), Some(0));
}
