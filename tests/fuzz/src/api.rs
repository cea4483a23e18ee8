//! The HTTP API of the service, and that of pages below it, without a network: requests to the router.

use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::runtime::Builder;
use tower::ServiceExt as _;
use whatsgate_durable::store::RelayTokenRow;
use whatsgate_durable::store::consumers;
use whatsgate_durable::{StartAt, Store};
use whatsgate_native::{ApiKey, BaseUrl, Client, ClientBuilder, RetryPolicy};
use whatsgate_relay::Relay;
use whatsgate_serve::{Folders, Service, tokens};

use crate::SCRATCH;
use crate::calm::{calm, hides};
use crate::rows::ARRIVALS;

/// The page's token, and its SHA-256.
const PAGE: &str = "wgr_0000000000000000000000000000000000000000000000000000000000000000";
const PAGE_HASH: &str = include_str!("page.sha256");
/// Between two requests.
const BETWEEN: &[u8] = b"\n=====\n";

/// A gateway that nobody can reach: port 9 throws away all that comes, where there is such a service at all.
pub static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    ClientBuilder::new(ApiKey::new(whatsgate_canary::KEY).expect("it is a key"))
        .base_url(BaseUrl::new("http://127.0.0.1:9/api/v1").expect("it is a URL"))
        .retry(RetryPolicy::none())
        .build()
        .expect("there is a client")
});

/// Requests to the service, of which `TOKEN` stands for the token of a program and `LEASE` for the lease that came last. The
/// service makes no mistake of its own, says what it is in JSON, and repeats nothing of a request that it does not take.
pub fn service(input: &[u8]) {
    calls(input, None);
}

/// The first line is what the store keeps of a page's token; then requests as for the service, with the page's token.
pub fn relay(input: &[u8]) {
    let at = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (state, requests) = input.split_at(at);
    let Ok(state) = std::str::from_utf8(state) else { return };
    calls(requests.get(1..).unwrap_or_default(), Some(state));
}

fn calls(input: &[u8], page: Option<&str>) {
    // Time passes when everything waits.
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("there is a runtime").block_on(async {
        // What was uploaded before is of no account, and would fill the disk.
        if input.windows(9).any(|window| window == b"multipart") {
            let uploads = SCRATCH.join("uploads");
            let _ = std::fs::remove_dir_all(&uploads);
            std::fs::create_dir(&uploads).expect("the folder can be made");
        }
        let stage = Stage::new(page).await;
        let mut lease = String::new();
        for request in split(input).into_iter().take(4) {
            let Some(request) = stage.request(request, &lease) else { continue };
            if let Some(next) = stage.call(request).await {
                lease = next;
            }
        }
    });
}

fn split(input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = input;
    while let Some(at) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        parts.push(&rest[..at]);
        rest = &rest[at + BETWEEN.len()..];
    }
    parts.push(rest);
    parts
}

struct Stage {
    router: Router,
    token: String,
}

impl Stage {
    async fn new(page: Option<&str>) -> Self {
        let store = Store::memory();
        store.append(ARRIVALS.clone()).await.expect("they are stored");
        let state = page.map(str::to_owned);
        let filled = store.run(move |tables| {
            consumers::open(tables, "shop.orders", 1, StartAt::Beginning)?;
            // What cannot be read opens nothing.
            tables.set_setting("token.other", Some("{\"hash\":5}"))?;
            let Some(state) = state else { return Ok(()) };
            let expires = tables.now()? + 60_000;
            tables.put_relay_token(&RelayTokenRow {
                hash: PAGE_HASH.trim().to_owned(),
                id: "id".to_owned(),
                program: "shop".to_owned(),
                subject: "visitor".to_owned(),
                expires,
                state,
            })
        });
        filled.await.expect("it is stored");
        let token = tokens::add(&store, "shop").await.expect("there is a token");
        let uploads = SCRATCH.join("uploads");
        let relay = Relay::builder(CLIENT.clone(), store.clone()).allow_origin("https://shop.example");
        let service = Service::builder(CLIENT.clone(), store)
            .folders(Folders::default())
            .uploads(uploads)
            .relay(relay.expect("it is an origin"))
            .build();
        Self { router: service.router(), token }
    }

    /// A request, if these bytes can be one: the method and the path, the headers, a blank line, the body.
    fn request(&self, input: &[u8], lease: &str) -> Option<Request<Body>> {
        let at = input.windows(2).position(|window| window == b"\n\n");
        let (head, body) = at.map_or((input, &b""[..]), |at| (&input[..at], &input[at + 2..]));
        let fill =
            |text: &str| text.replace("TOKEN", &self.token).replace("PAGE", PAGE).replace("LEASE", lease);
        let head = fill(std::str::from_utf8(head).ok()?);
        let body = match std::str::from_utf8(body) {
            Ok(text) => fill(text).into_bytes(),
            Err(_) => body.to_vec(),
        };
        let mut lines = head.lines();
        let (method, uri) = lines.next()?.split_once(' ')?;
        let mut request = Request::builder().method(method).uri(uri);
        for line in lines {
            let (name, value) = line.split_once(": ")?;
            request = request.header(name, value);
        }
        request.body(Body::from(body)).ok()
    }

    /// The lease of the answer, if there is one.
    async fn call(&self, request: Request<Body>) -> Option<String> {
        let is_head = request.method() == Method::HEAD;
        let may_be_plain = request.uri().path().starts_with("/relay/v1") || request.uri().path() == "/readyz";
        let response = self.router.clone().oneshot(request).await.expect("it always answers");
        let status = response.status();
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "the service made a mistake");
        let kind = kind(&response);
        if kind == "text/event-stream" {
            return None;
        }
        let body = to_bytes(response.into_body(), 32 << 20).await.expect("there is an answer");
        if is_head {
            return None;
        }
        if status.is_client_error() || status.is_server_error() {
            refused(status, &kind, &body, may_be_plain);
            return None;
        }
        if kind == "application/json" {
            let answer: Value = serde_json::from_slice(&body).expect("an answer is JSON");
            return answer["lease"].as_str().map(str::to_owned);
        }
        None
    }
}

fn kind(response: &Response<Body>) -> String {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.unwrap_or_default().to_owned()
}

/// Pages are told of a refusal in the form of the gateway, which is no problem of RFC 9457.
fn refused(status: StatusCode, kind: &str, body: &[u8], may_be_plain: bool) {
    let text = std::str::from_utf8(body).expect("an answer is text");
    hides(text);
    if may_be_plain && text.is_empty() {
        // A browser asks first whether it may.
        return;
    }
    let problem: Value = serde_json::from_slice(body).expect("a problem is JSON");
    if kind != "application/json" || !may_be_plain {
        assert_eq!(kind, "application/problem+json", "{text}");
        assert_eq!(problem["status"], json!(status.as_u16()), "{text}");
    }
    for member in ["detail", "message"] {
        problem[member].as_str().into_iter().for_each(calm);
    }
}
