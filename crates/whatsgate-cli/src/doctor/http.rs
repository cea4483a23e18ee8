//! Requests whose replies are looked at as a whole, headers and all.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Url, redirect, retry};
use whatsgate_native::core::{Body, Request, Response, build};
use whatsgate_native::model::Command;
use whatsgate_native::{ApiKey, BaseUrl};

/// How much of a reply is read.
const MOST: usize = 16 * 1024 * 1024;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// A reply.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) took: Duration,
    /// This machine's time in the middle of the exchange.
    pub(super) at: SystemTime,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Why there is no reply.
#[derive(Debug)]
pub(super) enum Silence {
    /// No connection, and why if it was for TLS.
    Connect(Option<rustls::Error>),
    Timeout,
    Broken,
}

impl Silence {
    /// The kind for a report.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Connect(Some(_)) => "tls",
            Self::Connect(None) => "connect",
            Self::Timeout => "timeout",
            Self::Broken => "connection",
        }
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().ok()?.trim())
    }

    /// The gateway's time.
    pub(super) fn date(&self) -> Option<SystemTime> {
        httpdate::parse_http_date(self.header(DATE.as_str())?).ok()
    }

    /// The host that a redirect points to.
    pub(super) fn target(&self, base: &str) -> Option<String> {
        let target = Url::parse(base).ok()?.join(self.header(LOCATION.as_str())?).ok()?;
        let port = target.port().map(|port| format!(":{port}")).unwrap_or_default();
        // A query may hold anything.
        let path: String = target.path().chars().take(100).collect();
        Some(format!("{}://{}{port}{path}", target.scheme(), target.host_str()?))
    }

    pub(super) fn is_html(&self) -> bool {
        let says = self.header(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("text/html"));
        says || self.body.trim_ascii_start().starts_with(b"<")
    }

    /// Whether it is JSON with members, as all replies of the gateway are.
    pub(super) fn is_object(&self) -> bool {
        serde_json::from_slice::<serde_json::Value>(&self.body).is_ok_and(|value| value.is_object())
    }

    /// The reply for the parser of commands.
    pub(super) fn response(&self) -> Response {
        Response::new(self.status, self.body.clone())
    }
}

/// A client that follows no redirect, and repeats nothing.
pub(super) fn client() -> Result<Client, reqwest::Error> {
    // Another provider may have been chosen; then it stays, and the error means just that.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .user_agent(concat!("whatsgate-cli/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Carries out a command, without a key if there is none.
pub(super) async fn ask<C: Command>(
    client: &Client,
    base: &BaseUrl,
    key: Option<&ApiKey>,
    command: &C,
    deadline: Duration,
) -> Result<Answer, Silence> {
    let nobody = || ApiKey::new("none").map_err(|_| Silence::Broken);
    let request: Request =
        build(base, key.cloned().map_or_else(nobody, Ok)?, command).map_err(|_| Silence::Broken)?;
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        if name == Request::KEY_HEADER && key.is_none() {
            continue;
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| Silence::Broken)?;
        value.set_sensitive(name == Request::KEY_HEADER);
        headers.insert(HeaderName::from_static(name), value);
    }
    let Body::Whole(body) = request.body;
    let url = Url::parse(&request.url).map_err(|_| Silence::Broken)?;
    post(client, url, headers, body.to_vec(), deadline).await
}

/// Posts something, and reads the reply.
pub(super) async fn post(
    client: &Client,
    url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
    deadline: Duration,
) -> Result<Answer, Silence> {
    let (begun, began_at) = (Instant::now(), SystemTime::now());
    let sent = client.post(url).headers(headers).body(body).timeout(deadline).send();
    let mut reply = sent.await.map_err(|error| silence(&error))?;
    // The date is that of the head, which may be there long before the end.
    let at = began_at + begun.elapsed() / 2;
    let mut body = Vec::new();
    while let Some(piece) = reply.chunk().await.map_err(|error| silence(&error))? {
        body.extend_from_slice(&piece);
        if body.len() > MOST {
            break;
        }
    }
    Ok(Answer {
        status: reply.status().as_u16(),
        took: begun.elapsed(),
        at,
        headers: std::mem::take(reply.headers_mut()),
        body,
    })
}

fn silence(error: &reqwest::Error) -> Silence {
    let tls = of_tls(error);
    if tls.is_some() || error.is_connect() {
        Silence::Connect(tls)
    } else if error.is_timeout() {
        Silence::Timeout
    } else {
        Silence::Broken
    }
}

/// The reason of TLS, wherever it is among the causes.
fn of_tls(error: &reqwest::Error) -> Option<rustls::Error> {
    let mut cause = error.source();
    while let Some(found) = cause {
        if let Some(tls) = found.downcast_ref::<rustls::Error>() {
            return Some(tls.clone());
        }
        // What is inside of an error of input and output is not among its causes.
        let inside = found.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match inside {
            Some(inside) => Some(inside),
            None => found.source(),
        };
    }
    None
}
