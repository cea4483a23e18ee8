//! The same jobs with reqwest and `serde_json` alone, as one would write them by hand: typed, and nothing checked.

use anyhow::{Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::context::{Context, spread};
use crate::server::{MESSAGE_ID, NUMBER, SESSION};

#[derive(Serialize)]
struct Request<'a, M> {
    #[serde(rename = "WhatsappID")]
    session: &'a str,
    #[serde(rename = "async")]
    asynchronous: bool,
    recipient: Recipient<'a>,
    message: M,
}

#[derive(Serialize)]
struct Recipient<'a> {
    number: &'a str,
}

#[derive(Serialize)]
struct Text {
    r#type: &'static str,
    body: String,
}

#[derive(Serialize)]
struct Document {
    r#type: &'static str,
    media: OutgoingMedia,
}

#[derive(Serialize)]
struct OutgoingMedia {
    mimetype: &'static str,
    data: String,
    filename: &'static str,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(rename = "WhatsappID")]
    session: &'a str,
}

#[derive(Serialize)]
struct Fetch<'a> {
    #[serde(rename = "WhatsappID")]
    session: &'a str,
    #[serde(rename = "MessageID")]
    message: &'a str,
}

#[derive(Deserialize)]
struct Sent {
    result: Message,
}

/// Every member is read, as the SDK does; the job looks at the id alone.
#[derive(Deserialize)]
#[allow(dead_code)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: String,
    ack: i64,
    has_media: bool,
    media_key: String,
    body: String,
    r#type: String,
    timestamp: i64,
    from: String,
    to: String,
    is_forwarded: bool,
}

#[derive(Deserialize)]
struct Chats {
    data: Vec<Chat>,
}

#[derive(Deserialize)]
#[allow(dead_code, clippy::struct_excessive_bools)]
#[serde(rename_all = "camelCase")]
struct Chat {
    id: String,
    name: String,
    is_group: bool,
    is_read_only: bool,
    unread_count: u32,
    timestamp: i64,
    pinned: bool,
    is_muted: bool,
    mute_expiration: i64,
    group_metadata: Option<Group>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Group {
    id: String,
    creation: i64,
    owner: String,
    size: u32,
    participants: Vec<Participant>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
#[serde(rename_all = "camelCase")]
struct Participant {
    id: String,
    is_admin: bool,
    is_super_admin: bool,
}

#[derive(Deserialize)]
struct Fetched {
    media: IncomingMedia,
}

#[derive(Deserialize)]
struct IncomingMedia {
    data: String,
}

/// A bare client; it needs a provider of TLS even for plain HTTP.
pub(crate) fn client() -> Result<reqwest::Client> {
    // Another one would be just as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().build()?)
}

/// What `RequestBuilder::json` and `Response::json` do.
async fn post<R: DeserializeOwned>(
    client: &reqwest::Client,
    url: &str,
    request: &impl Serialize,
) -> Result<R> {
    let body = serde_json::to_vec(request)?;
    let post = client.post(url).header("X-Api-Key", "YOUR_API_KEY").header(CONTENT_TYPE, "application/json");
    let reply = post.body(body).send().await?.error_for_status()?;
    Ok(serde_json::from_slice(&reply.bytes().await?)?)
}

pub(crate) async fn texts(context: &Context, count: usize, at_once: usize) -> Result<()> {
    let client = client()?;
    let url = format!("{}/send", context.server);
    spread(count, at_once, move |place| {
        let (client, url) = (client.clone(), url.clone());
        async move {
            let text = Text { r#type: "text", body: format!("Hello number {place}") };
            let sent: Sent = post(&client, &url, &request(text)).await?;
            ensure!(sent.result.id == MESSAGE_ID);
            Ok(())
        }
    })
    .await
}

pub(crate) async fn chats(context: &Context, chats: usize, times: usize) -> Result<()> {
    let client = client()?;
    let url = format!("{}/{chats}/get-chats", context.server);
    for _ in 0..times {
        let reply: Chats = post(&client, &url, &List { session: SESSION }).await?;
        ensure!(reply.data.len() == chats);
    }
    Ok(())
}

pub(crate) async fn send(context: &Context) -> Result<()> {
    let client = client()?;
    let data = STANDARD.encode(tokio::fs::read(&context.file).await?);
    let media = OutgoingMedia { mimetype: "application/octet-stream", data, filename: "file.bin" };
    let request = request(Document { r#type: "doc", media });
    let sent: Sent = post(&client, &format!("{}/send", context.server), &request).await?;
    ensure!(sent.result.id == MESSAGE_ID);
    Ok(())
}

pub(crate) async fn fetch(context: &Context, mib: u64) -> Result<()> {
    let client = client()?;
    let request = Fetch { session: SESSION, message: MESSAGE_ID };
    let url = format!("{}/{mib}/get-messagemedia", context.server);
    let reply: Fetched = post(&client, &url, &request).await?;
    let content = STANDARD.decode(reply.media.data)?;
    ensure!(content.len() as u64 == mib << 20);
    tokio::fs::write(&context.file, content).await?;
    Ok(())
}

fn request<M>(message: M) -> Request<'static, M> {
    Request { session: SESSION, asynchronous: false, recipient: Recipient { number: NUMBER }, message }
}
