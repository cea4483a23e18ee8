//! The task that lets time pass and posts webhooks.

use std::fs;
use std::future::pending;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::shared::Shared;
use crate::gateway::Delivery;

/// The longest reply to a webhook that is read; an acknowledgement is far shorter.
const REPLY_LIMIT: usize = 64 << 10;

pub(super) type Poster = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// What posts webhooks: to `http` URLs, and to `https` ones whose certificate comes from a root certificate in that file.
pub(super) fn poster(root: Option<&Path>) -> io::Result<Poster> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = root {
        for certificate in CertificateDer::pem_slice_iter(&fs::read(path)?) {
            let certificate = certificate.map_err(io::Error::other)?;
            roots.add(certificate).map_err(io::Error::other)?;
        }
        if roots.is_empty() {
            return Err(io::Error::other("there is no certificate in it"));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}

pub(super) async fn run(shared: Arc<Shared>, client: Poster, mut stopped: watch::Receiver<bool>) {
    let mut posts = JoinSet::new();
    loop {
        let (due, next, timeout) = shared.change(|gateway, now| {
            let due = gateway.take_deliveries(now);
            let wait = gateway.next_due().map(|next| Duration::from_millis(next.saturating_sub(now)));
            (due, wait, gateway.settings().webhook_timeout)
        });
        if !due.is_empty() {
            shared.settled().await;
        }
        for delivery in due {
            posts.spawn(deliver(shared.clone(), client.clone(), delivery, timeout));
        }
        let sleep = async {
            match next {
                Some(wait) => tokio::time::sleep(wait).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = sleep => {}
            () = shared.changed() => {}
            Some(_) = posts.join_next() => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

async fn deliver(shared: Arc<Shared>, client: Poster, delivery: Delivery, timeout: Duration) {
    let number = delivery.number;
    let event = delivery.body.clone();
    let reply = match tokio::time::timeout(timeout, post(&client, delivery)).await {
        Ok(reply) => reply,
        Err(_) => Err("no reply in time".to_owned()),
    };
    if let Some(recorder) = &shared.recorder {
        recorder.webhook(&event, reply.as_deref().ok());
    }
    shared.change(|gateway, now| gateway.delivered(number, reply.as_deref().map_err(Clone::clone), now));
}

async fn post(client: &Poster, delivery: Delivery) -> Result<Bytes, String> {
    let request = Request::post(&delivery.url)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::from(delivery.body))
        .map_err(|error| error.to_string())?;
    let response = client.request(request).await.map_err(|error| chain(&error))?;
    let body = Limited::new(response.into_body(), REPLY_LIMIT).collect().await;
    body.map(http_body_util::Collected::to_bytes).map_err(|error| error.to_string())
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
