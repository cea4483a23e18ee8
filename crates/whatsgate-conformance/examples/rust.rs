//! The adapter of the Rust client.

use std::borrow::Cow;
use std::pin::Pin;
use std::time::Duration;

use serde_json::{Value, json, to_value};
use tokio::io::{AsyncBufReadExt, BufReader};
use whatsgate_conformance::{Ask, ClientError, ClientOutcome, Hello, PROTOCOL, Said, result_of, say};
use whatsgate_native::core::{parse, webhook};
use whatsgate_native::model::{Command, CommandVisitor, visit_command};
use whatsgate_native::reqwest::{Client, redirect::Policy};
use whatsgate_native::{
    ApiKey, ClientBuilder, Error, Event, EventsGetRequest, Offer, Outcome, RetryPolicy, SessionId, Start,
    TryStreamExt,
};

type Shown = Result<(Value, Option<String>), ClientError>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "there is one already")?;
    // One for all, because making one reads the system's certificates.
    let http = Client::builder().redirect(Policy::none()).no_proxy().build()?;
    let client = concat!("whatsgate-native ", env!("CARGO_PKG_VERSION")).to_owned();
    say(&Hello { protocol: PROTOCOL, client, parallel: 16, commands: None })?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let ask: Ask = serde_json::from_str(&line)?;
        let http = http.clone();
        tokio::spawn(async move { say(&Said::new(ask.id, answer(ask, http).await)) });
    }
    Ok(())
}

async fn answer(mut ask: Ask, http: Client) -> Shown {
    if ask.command == "webhook" {
        let event = webhook::parse(ask.arguments["body"].as_str().unwrap_or_default().as_bytes())?;
        return Ok((shown(&event), Some(event.raw().as_str().to_owned())));
    }
    let timeout = Duration::from_millis(ask.timeout_ms);
    let retry = RetryPolicy::default().with_pauses(Duration::from_millis(5), Duration::from_millis(20));
    let builder =
        ClientBuilder::new(ApiKey::new(&*ask.api_key)?).base_url(ask.base_url.parse()?).retry(retry);
    let client = builder.reqwest_client(http).timeout(timeout).media_timeout(timeout).build()?;
    let session = client.session(SessionId::new(&*ask.session)?);
    let request = || serde_json::from_value::<EventsGetRequest>(ask.arguments.clone().into());
    match &*ask.command {
        "events" => {
            let events = session.events(request()?).map_ok(|event| shown(&event));
            Ok((events.try_collect::<Vec<_>>().await.map_err(failed)?.into(), None))
        }
        "poll" => {
            let mut poll = session.poll_events(request()?, Start::Beginning, Duration::from_millis(1))?;
            let mut events = Vec::new();
            for _ in 0..ask.arguments["rounds"].as_u64().unwrap_or_default() {
                let mut round = poll.next_round().await.map_err(failed)?;
                for offer in round.take_offers() {
                    events.extend(if let Offer::New(event) = offer { Some(shown(&event)) } else { None });
                }
                poll.keep(round);
            }
            Ok((events.into(), None))
        }
        command => {
            if !["session-create", "sessions-get"].contains(&command) {
                ask.arguments.insert("WhatsappID".to_owned(), ask.session.into());
            }
            visit_command(command, &mut Call(client, ask.arguments.into())).expect("it is a command").await
        }
    }
}

struct Call(whatsgate_native::Client, Value);

impl CommandVisitor for Call {
    type Output = Pin<Box<dyn Future<Output = Shown> + Send>>;

    fn visit<C: Command>(&mut self) -> Self::Output {
        let Self(client, arguments) = self;
        let (client, request) = (client.clone(), serde_json::from_value::<C>(arguments.take()));
        let prepared = request.map_err(ClientError::from).and_then(|it| client.prepare(&it).map_err(failed));
        Box::pin(async move {
            let reply = client.exchange(prepared?, parse::<C>).await.map_err(failed)?;
            Ok((result_of(C::NAME, &to_value(&reply.reply)?), Some(reply.raw().to_owned())))
        })
    }
}

/// An event as it was read, not as it came.
fn shown(event: &Event) -> Value {
    let data = to_value(&event.data).unwrap_or_else(|_| json!(event.raw_data()));
    json!({ "id": event.id, "whatsapp_id": event.session, "event_action": event.action, "event_date": event.date,
            "status_code": event.status_code, "user_id": event.user_id, "event_data": data })
}

#[expect(clippy::needless_pass_by_value, reason = "it is for map_err")]
fn failed(error: Error) -> ClientError {
    let not_sent = error.outcome() == Outcome::NotSent;
    let outcome = if not_sent { ClientOutcome::NotSent } else { ClientOutcome::Unknown };
    let (kind, raw) = (Some(error.kind().to_string()), error.raw().map(Cow::into_owned));
    ClientError { outcome: Some(outcome), kind, status: error.status(), raw }
}
