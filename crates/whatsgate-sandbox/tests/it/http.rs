//! The server over loopback, asked by a client of the same kind that posts webhooks.

use std::fs;
use std::future::IntoFuture;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rcgen::{CertifiedKey, KeyPair};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use whatsgate_sandbox::{
    ADMIN_OPENAPI, DeliveryOutcome, Incoming, LinkingCode, Sandbox, Scan, SessionState, Settings, StartError,
};

pub(crate) async fn request(request: Request<Full<Bytes>>) -> Result<Response<Bytes>, ()> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (head, body) = client.request(request).await.map_err(drop)?.into_parts();
    Ok(Response::from_parts(head, body.collect().await.map_err(drop)?.to_bytes()))
}

/// Posts to a command; fails if the connection closes before the end of the reply.
pub(crate) async fn call(sandbox: &Sandbox, command: &str, body: String) -> Result<Response<Bytes>, ()> {
    let url = format!("{}/{command}", sandbox.base_url());
    let post = Request::post(url).header("X-Api-Key", sandbox.api_key());
    request(post.body(Full::from(body)).unwrap()).await
}

async fn post(sandbox: &Sandbox, command: &str, body: &str) -> (StatusCode, Value) {
    let response = call(sandbox, command, body.to_owned()).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json; charset=UTF-8");
    (response.status(), serde_json::from_slice(response.body()).unwrap())
}

async fn page(url: &str) -> (StatusCode, String) {
    let response = request(Request::get(url).body(Full::default()).unwrap()).await.unwrap();
    (response.status(), String::from_utf8(response.body().to_vec()).unwrap())
}

fn on_demand() -> Settings {
    Settings { scan: Scan::OnDemand, authorization_delay: Duration::ZERO, ..Settings::default() }
}

#[tokio::test]
async fn a_session_is_linked_and_the_page_follows() {
    let sandbox = Sandbox::start(on_demand()).await.unwrap();
    let (status, created) = post(&sandbox, "session-create", r#"{"name":"Shop"}"#).await;
    assert_eq!(status, 200);
    let link = created["data"]["qr_link"].as_str().unwrap();
    let session = created["data"]["unique_id"].as_str().unwrap().parse().unwrap();
    assert!(sandbox.qr(&session).unwrap().starts_with("2@"));
    let (status, html) = page(link).await;
    assert!(status == 200 && html.contains("<svg") && html.contains("http-equiv=\"refresh\""), "{html}");

    sandbox.scan(&session).unwrap();

    assert_eq!(sandbox.session_state(&session), Some(SessionState::Ready));
    assert_eq!(sandbox.qr(&session), None);
    let (_, html) = page(link).await;
    assert!(html.contains("Linked") && html.contains("module: 'qr'") && !html.contains("refresh"), "{html}");
    assert_eq!(page(&format!("{link}0")).await.0, 404);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn the_page_shows_the_pairing_code() {
    let sandbox = Sandbox::start(on_demand()).await.unwrap();
    let body = r#"{"name":"Shop","auth_type":"CODE","number":"79999999999"}"#;
    let (_, created) = post(&sandbox, "session-create", body).await;
    let code = created["data"]["code"].as_str().unwrap();
    let session = created["data"]["unique_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(sandbox.code(&session), Some(LinkingCode::Pairing(code.to_owned())));
    let (_, html) = page(created["data"]["qr_link"].as_str().unwrap()).await;
    assert!(html.contains(code), "{html}");
}

#[tokio::test]
async fn http_errors_have_the_envelope() {
    let sandbox = Sandbox::start(Settings { body_limit: 1000, ..Settings::default() }).await.unwrap();
    let envelope = |status: u16, name: &str| json!({ "name": name, "code": 0, "status": status });
    let without_message = |(status, mut body): (StatusCode, Value)| {
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()));
        body.as_object_mut().unwrap().remove("message");
        (status.as_u16(), body)
    };
    let answer = post(&sandbox, "no-such-command", "{}").await;
    assert_eq!(without_message(answer), (404, envelope(404, "Not Found")));
    let answer = post(&sandbox, "check", "{\"number\":").await;
    assert_eq!(without_message(answer), (400, envelope(400, "Bad Request")));
    let answer = post(&sandbox, "check", &" ".repeat(1001)).await;
    assert_eq!(without_message(answer), (413, envelope(413, "Request Entity Too Large")));
    for (path, status, name) in [
        ("/api/v1/check", 405, "Method Not Allowed"),
        ("/api/v1", 404, "Not Found"),
        ("/elsewhere", 404, "Not Found"),
    ] {
        let (found, body) = page(&format!("http://{}{path}", sandbox.address())).await;
        let answer = (found, serde_json::from_str(&body).unwrap());
        assert_eq!(without_message(answer), (status, envelope(status, name)));
    }
}

#[tokio::test]
async fn browsers_of_any_origin_are_served() {
    let sandbox = Sandbox::start(Settings::default()).await.unwrap();
    let preflight = Request::options(format!("{}/check", sandbox.base_url()))
        .header("Origin", "https://page.test")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type,x-api-key")
        .body(Full::default())
        .unwrap();
    let response = request(preflight).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let allowed = response.headers()["access-control-allow-headers"].to_str().unwrap();
    assert!(allowed.contains("x-api-key") && allowed.contains("content-type"), "{allowed}");
}

#[tokio::test]
async fn webhooks_are_posted_until_acknowledged() {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let receiver = Router::new().route(
        "/hook",
        axum::routing::post(move |body: String| {
            let told = told.clone();
            async move {
                let event: Value = serde_json::from_str(&body).unwrap();
                let (reply, received) = tokio::sync::oneshot::channel();
                told.send((event, reply)).unwrap();
                let reply: String = received.await.unwrap();
                reply
            }
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback = format!("http://{}/hook", listener.local_addr().unwrap());
    let receiver = tokio::spawn(axum::serve(listener, receiver).into_future());
    let settings = Settings { webhook_interval: Duration::from_millis(10), ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.unwrap();
    let session = sandbox.ready_session("Shop");
    post(&sandbox, "set-hook", &json!({ "WhatsappID": session, "callback": callback }).to_string()).await;

    sandbox.receive(&session, Incoming::text("79991112233@c.us".parse().unwrap(), "Hello")).unwrap();

    let (first, reply) = heard.recv().await.unwrap();
    assert_eq!(first["event_data"]["message"]["body"], "Hello");
    reply.send("OK".to_owned()).unwrap();
    let (second, reply) = heard.recv().await.unwrap();
    assert_eq!(second, first);
    reply.send(json!({ "result": "OK", "id": first["id"] }).to_string()).unwrap();
    while sandbox.delivery_records().len() < 2 {
        tokio::task::yield_now().await;
    }
    let outcomes: Vec<_> = sandbox.delivery_records().into_iter().map(|record| record.outcome).collect();
    assert_eq!(outcomes, [DeliveryOutcome::WrongReply, DeliveryOutcome::Acknowledged]);
    sandbox.shutdown().await;
    receiver.abort();
}

/// How the webhook to an `https` server ends whose certificate is signed by itself.
async fn https_outcome(certificate: &CertifiedKey<KeyPair>, root: Option<PathBuf>) -> DeliveryOutcome {
    let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback = format!("https://{}/hook", listener.local_addr().unwrap());
    let receiver = tokio::spawn(async move {
        let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
        let mut received = Vec::new();
        let event: Value = loop {
            stream.read_buf(&mut received).await.unwrap();
            let text = String::from_utf8_lossy(&received);
            let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            if let Ok(event) = serde_json::from_str(body) {
                break event;
            }
        };
        let reply = json!({ "result": "OK", "id": event["id"] }).to_string();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", reply.len());
        stream.write_all(format!("{head}{reply}").as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        stream.shutdown().await.unwrap();
    });
    let settings = Settings { webhook_repeats: 0, webhook_root: root, ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.unwrap();
    let session = sandbox.ready_session("Shop");
    let body = json!({ "WhatsappID": session, "callback": callback });
    post(&sandbox, "set-hook", &body.to_string()).await;
    sandbox.receive(&session, Incoming::text("79991112233@c.us".parse().unwrap(), "Hello")).unwrap();
    while sandbox.delivery_records().is_empty() {
        tokio::task::yield_now().await;
    }
    receiver.abort();
    sandbox.delivery_records().remove(0).outcome
}

#[tokio::test]
async fn https_webhooks_are_posted_to_whom_the_root_certificate_proves() {
    let certificate = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    fs::write(&root, certificate.cert.pem()).unwrap();
    assert_eq!(https_outcome(&certificate, Some(root.clone())).await, DeliveryOutcome::Acknowledged);
    let unproved = https_outcome(&certificate, None).await;
    assert!(matches!(unproved, DeliveryOutcome::NoReply(_)), "{unproved:?}");
    let stranger = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let unproved = https_outcome(&stranger, Some(root.clone())).await;
    assert!(matches!(unproved, DeliveryOutcome::NoReply(_)), "{unproved:?}");

    fs::write(&root, "no certificate").unwrap();
    let settings = Settings { webhook_root: Some(root), ..Settings::default() };
    let error = Sandbox::start(settings).await.unwrap_err();
    assert!(matches!(error, StartError::WebhookRoot { .. }), "{error}");
}

#[tokio::test]
async fn other_routes_are_served_beside_the_gateway() {
    let routes = Router::new().route("/hello", axum::routing::get(async || "hi"));
    let sandbox = Sandbox::start_with(Settings::default(), routes).await.unwrap();
    assert_eq!(page(&format!("http://{}/hello", sandbox.address())).await, (StatusCode::OK, "hi".to_owned()));
    let taken = Settings { address: sandbox.address(), ..Settings::default() };
    let error = Sandbox::start(taken).await.unwrap_err();
    assert!(matches!(error, StartError::Address { .. }), "{error}");
    let nobody = Sandbox::start(Settings { api_keys: Vec::new(), ..Settings::default() }).await;
    assert!(matches!(nobody, Err(StartError::NoApiKey)));
}

#[tokio::test]
async fn the_admin_api_is_described_where_it_is_served() {
    let sandbox = Sandbox::start(Settings { admin: true, ..Settings::default() }).await.unwrap();
    let admin = format!("http://{}/admin/v1", sandbox.address());
    assert_eq!(page(&format!("{admin}/openapi.json")).await, (StatusCode::OK, ADMIN_OPENAPI.to_owned()));
    let clock = Request::post(format!("{admin}/clock")).header("X-Api-Key", sandbox.api_key());
    let body = Full::from(r#"{"advance":1000}"#);
    let response = request(clock.body(body).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    let sandbox = Sandbox::start(Settings::default()).await.unwrap();
    let admin = format!("http://{}/admin/v1", sandbox.address());
    assert_eq!(page(&format!("{admin}/openapi.json")).await.0, 404);
}

#[tokio::test]
async fn moving_the_clock_wakes_what_is_due() {
    let sandbox = Sandbox::start(Settings::default()).await.unwrap();
    let (_, created) = post(&sandbox, "session-create", r#"{"name":"Shop"}"#).await;
    let session = created["data"]["unique_id"].as_str().unwrap().parse().unwrap();
    sandbox.move_clock(Duration::from_secs(60));
    assert_eq!(sandbox.session_state(&session), Some(SessionState::Ready));
}

#[tokio::test]
async fn requests_under_way_are_answered_before_the_end() {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (entered, release) = (entered.clone(), release.clone());
        move || async move {
            entered.notify_one();
            release.notified().await;
            "done"
        }
    };
    let routes = Router::new().route("/slow", axum::routing::get(slow));
    let sandbox = Sandbox::start_with(Settings::default(), routes).await.unwrap();
    let get = Request::get(format!("http://{}/slow", sandbox.address())).body(Full::default()).unwrap();
    let answer = tokio::spawn(request(get));
    entered.notified().await;
    let end = tokio::spawn(sandbox.shutdown());
    tokio::task::yield_now().await;
    release.notify_one();
    assert_eq!(answer.await.unwrap().unwrap().body(), "done");
    end.await.unwrap();
}

#[tokio::test]
async fn links_start_with_the_public_url_and_clients_use_the_address() {
    let settings = Settings {
        public_url: Some("https://gateway.test".to_owned()),
        address: "0.0.0.0:0".parse().unwrap(),
        ..Settings::default()
    };
    let sandbox = Sandbox::start(settings).await.unwrap();
    assert_eq!(sandbox.base_url(), format!("http://127.0.0.1:{}/api/v1", sandbox.address().port()));
    let (_, created) = post(&sandbox, "session-create", r#"{"name":"Shop"}"#).await;
    let link = created["data"]["qr_link"].as_str().unwrap();
    assert!(link.starts_with("https://gateway.test/qr/"), "{link}");
}
