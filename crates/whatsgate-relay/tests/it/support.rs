//! A relay with a gateway behind it, and a page before it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use whatsgate_native::model::{SessionId, from_json};
use whatsgate_native::{ApiKey, BaseUrl, Client, ClientBuilder, Event};
use whatsgate_relay::{Call, Chats, Grant, Limits, Minted, Relay, RelayCommand};
use whatsgate_sandbox::{FaultRule, Sandbox, Scan, Settings};
use whatsgate_store::durable::journal::Trust;
use whatsgate_store::journal::Arrival;
use whatsgate_store::{RelayTokenRow, Store};

/// The program of the tests.
pub(crate) const PROGRAM: &str = "shop";
/// The page of the tests.
pub(crate) const ORIGIN: &str = "https://shop.example";
/// The one chat that most grants allow, and another.
pub(crate) const CHAT: &str = "79991112233@c.us";
pub(crate) const OTHER: &str = "79991112244@c.us";
/// How long a test waits for what must come.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A gateway.
pub(crate) struct Gateway {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
    pub(crate) session: SessionId,
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        let settings = Settings {
            api_keys: vec![whatsgate_canary::KEY.to_owned()],
            scan: Scan::OnDemand,
            sending_delay: Duration::from_millis(5),
            unregistered_suffix: "99".to_owned(),
            ..Settings::default()
        };
        let sandbox = Sandbox::start(settings).await.unwrap();
        let client = client(&sandbox.base_url());
        let session = sandbox.ready_session("Shop");
        Self { sandbox, client, session }
    }

    /// What goes wrong from now on.
    pub(crate) fn rules(&self, json: &str) {
        self.sandbox.set_faults(1, &FaultRule::list_from_json(json.as_bytes()).unwrap());
    }

    pub(crate) fn sent(&self) -> usize {
        self.sandbox.sent(&self.session).len()
    }
}

pub(crate) fn client(base: &str) -> Client {
    let key = ApiKey::new(whatsgate_canary::KEY).unwrap();
    ClientBuilder::new(key).base_url(BaseUrl::new(base).unwrap()).build().unwrap()
}

/// A relay that listens.
pub(crate) struct Served {
    pub(crate) relay: Relay,
    pub(crate) store: Store,
    pub(crate) calls: Arc<Mutex<Vec<Call>>>,
    pub(crate) base: String,
    http: reqwest::Client,
}

impl Served {
    pub(crate) async fn start(client: &Client, store: &Store) -> Self {
        let mut limits = Limits::default();
        limits.burst = 1_000;
        Self::with(client, store, limits).await
    }

    pub(crate) async fn with(client: &Client, store: &Store, limits: Limits) -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let counted = Arc::clone(&calls);
        let relay = Relay::builder(client.clone(), store.clone())
            .allow_origin(ORIGIN)
            .unwrap()
            .limits(limits)
            .on_call(move |call| counted.lock().unwrap().push(call))
            .build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/relay/v1", listener.local_addr().unwrap());
        let router = Router::new().nest("/relay/v1", relay.router());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { relay, store: store.clone(), calls, base, http }
    }

    pub(crate) async fn mint(&self, grant: Grant) -> Minted {
        self.relay.mint(PROGRAM, grant).await.unwrap()
    }

    /// A call without a token.
    pub(crate) fn bare(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}/{path}", self.base))
    }

    /// A command as the gateway's clients post it.
    pub(crate) fn post(&self, token: &str, command: &str, body: &Value) -> reqwest::RequestBuilder {
        self.bare(reqwest::Method::POST, command).header("X-Api-Key", token).json(body)
    }

    pub(crate) async fn call(&self, token: &str, command: &str, body: Value) -> Answer {
        Answer::of(self.post(token, command, &body)).await
    }

    /// Lets a token end so many milliseconds earlier: as if that time had passed.
    pub(crate) async fn age(&self, minted: &Minted, millis: i64) {
        let id = minted.id.clone();
        let aged = self.store.run(move |tables| {
            let rows = tables.relay_tokens(PROGRAM, 0, "", 999)?;
            let row = rows.into_iter().find(|row| row.id == id).unwrap();
            tables.put_relay_token(&RelayTokenRow { expires: row.expires - millis, ..row })
        });
        aged.await.unwrap();
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// Answers are in JSON, and errors in the gateway's envelope; none shows the key.
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        whatsgate_canary::assert_hidden(&format!("{headers:?}{text}"));
        let body: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        if status >= 400 {
            assert_eq!(body["status"], status, "{body}");
            assert!(
                body["name"].is_string() && body["message"].is_string() && body["code"].is_i64(),
                "{body}"
            );
        }
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["cache-control"], "no-store");
        Self { status, headers, body }
    }

    /// The status with the first word of the message, which says what is not allowed.
    pub(crate) fn refused(&self) -> (u16, &str) {
        let message = self.body["message"].as_str().unwrap();
        (self.status, message.split(':').next().unwrap())
    }
}

/// A grant of all commands in one chat.
pub(crate) fn grant(session: &SessionId) -> Grant {
    let chat: whatsgate_native::ChatId = CHAT.parse().unwrap();
    Grant::new(session.clone(), RelayCommand::ALL.iter().copied(), Chats::only([chat])).with_sends(5)
}

/// The same in all chats.
pub(crate) fn wide(session: &SessionId) -> Grant {
    Grant::new(session.clone(), RelayCommand::ALL.iter().copied(), Chats::All).with_sends(5)
}

/// A text to a chat.
pub(crate) fn text(session: &SessionId, chat: &str) -> Value {
    json!({
        "WhatsappID": session, "async": false, "recipient": { "id": chat }, "message": { "type": "text", "body": "Hello" },
    })
}

/// An event that the gateway lists, of a chat or of none.
pub(crate) fn event(number: i64, session: &str, chat: Option<&str>) -> Event {
    let (action, data) = match chat {
        Some(chat) => {
            let id = format!("false_{chat}_3EB0{number:016X}");
            ("message", json!({ "message": { "id": id, "from": chat, "body": format!("text {number}") } }))
        }
        None => ("ready", json!({})),
    };
    let event = json!({
        "id": number, "event_date": "2024-06-01 10:00:00", "event_action": action, "whatsapp_id": session,
        "user_id": 77, "event_data": data,
    });
    from_json(&event.to_string()).unwrap()
}

pub(crate) async fn happen(store: &Store, events: impl IntoIterator<Item = Event>) {
    happen_with(store, events, Trust::Listed).await;
}

pub(crate) async fn happen_with(store: &Store, events: impl IntoIterator<Item = Event>, trust: Trust) {
    let arrivals = events.into_iter().map(|event| Arrival::new(&event, trust, None)).collect();
    store.append(arrivals).await.unwrap();
}
