//! A client with the mistakes that clients in use make; the tests of this crate see what the kit finds in it.
//!
//! Without arguments it makes none of them, though it does not say more than it must. Each argument is a mistake.

use std::error::Error;
use std::time::Duration;

use rustls::crypto::ring;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use whatsgate_conformance::{Ask, ClientError, ClientOutcome, Hello, PROTOCOL, Said, result_of, say};
use whatsgate_native::reqwest::{Client, header::CONTENT_TYPE, redirect::Policy};

/// The types that somebody once thought were all.
const MIME_TYPES: [&str; 4] = ["image/jpeg", "image/png", "application/pdf", "audio/ogg; codecs=opus"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    ring::default_provider().install_default().map_err(|_| "there is a provider already")?;
    let mistakes: Vec<String> = std::env::args().skip(1).collect();
    let makes = |mistake: &str| mistakes.iter().any(|it| it == mistake);
    let http = Client::builder().redirect(Policy::none()).no_proxy().build()?;
    let parallel = if makes("one-at-a-time") { 1 } else { 8 };
    say(&Hello { protocol: PROTOCOL, client: "bad".to_owned(), parallel, commands: None })?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let ask: Ask = serde_json::from_str(&line)?;
        if ask.command == "get-chats" {
            if makes("dies") {
                eprintln!("panicked at main.rs:1");
                std::process::exit(101);
            } else if makes("hangs") {
                std::future::pending::<()>().await;
            } else if makes("answers-nonsense") {
                say(&"no answer")?;
                continue;
            } else if makes("answers-another") {
                say(&Said { id: 1_000_000, result: Value::Null, raw: None, error: None })?;
                continue;
            }
        }
        let (mistakes, http) = (mistakes.clone(), http.clone());
        tokio::spawn(async move {
            let makes = |mistake: &str| mistakes.iter().any(|it| it == mistake);
            let ended = call(&ask, &http, &makes).await;
            let said = Said::new(ask.id, ended.map(|(result, raw)| (result, Some(raw))));
            if makes("answers-twice") && ask.command == "get-chats" {
                say(&said)?;
            }
            say(&said)
        });
    }
    Ok(())
}

async fn call(
    ask: &Ask,
    http: &Client,
    makes: &impl Fn(&str) -> bool,
) -> Result<(Value, String), ClientError> {
    let mut body = ask.arguments.clone();
    let name = if makes("whatsappID") { "whatsappID" } else { "WhatsappID" };
    if !matches!(ask.command.as_str(), "session-create" | "sessions-get") {
        body.insert(name.to_owned(), ask.session.as_str().into());
    }
    let failed =
        |outcome, kind: &str| ClientError { outcome, kind: Some(kind.to_owned()), ..ClientError::default() };
    let mimetype = body.get("message").and_then(|message| message["media"]["mimetype"].as_str());
    if makes("closed-mime-types") && mimetype.is_some_and(|kind| !MIME_TYPES.contains(&kind)) {
        return Err(failed(Some(ClientOutcome::NotSent), "unknown MIME type"));
    }
    for tries in 1.. {
        let request =
            http.post(format!("{}/{}", ask.base_url, ask.command)).header("X-Api-Key", &ask.api_key);
        let request =
            request.header(CONTENT_TYPE, "application/json").body(Value::from(body.clone()).to_string());
        let sent = request.timeout(Duration::from_millis(ask.timeout_ms)).send().await;
        let (status, text) = match sent {
            Ok(response) => (response.status().as_u16(), response.text().await),
            Err(_) => return Err(failed(None, "no reply")),
        };
        let text = text.map_err(|_| failed(None, "half a reply"))?;
        if status == 500 && makes("repeats-on-500") && tries < 3 {
            continue;
        }
        let error =
            |kind: &str| ClientError { status: Some(status), raw: Some(text.clone()), ..failed(None, kind) };
        if status != 200 {
            return Err(error("status"));
        }
        let reply: Value = serde_json::from_str(&text).map_err(|_| error("not JSON"))?;
        let result = result_of(&ask.command, &reply);
        if makes("closed-mime-types")
            && result["mimetype"].as_str().is_some_and(|kind| !MIME_TYPES.contains(&kind))
        {
            return Err(error("unknown MIME type"));
        }
        let mut chats = result.as_array().into_iter().flatten();
        if makes("strict-numbers") && chats.any(|chat| chat["unreadCount"].is_string()) {
            return Err(error("unreadCount is no number"));
        }
        return Ok((result, text));
    }
    Err(failed(None, "never"))
}
