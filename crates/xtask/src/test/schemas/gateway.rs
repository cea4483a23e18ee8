//! The sandbox that the consumers talk to.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use tokio::runtime::Runtime;
use whatsgate_sandbox::model::{Base64Data, ChatId, Media, MimeType, SessionId};
use whatsgate_sandbox::{ErrorForm, Fault, FaultRule, Incoming, Sandbox, Scan, Settings};

/// A page of events of a later version of the gateway, the first of a kind that is not known yet.
const NEWER_EVENTS: &str = r#"{"result":"OK","pages":1,"elements":2,"page":1,"data":[
    {"id":1,"user_id":1,"whatsapp_id":"6345454545454","event_action":"call","event_date":"2022-09-07 18:29:37",
     "event_data":{"call":{"from":"79991112233@c.us","video":true}},"priority":3},
    {"id":2,"user_id":1,"whatsapp_id":"6345454545454","event_action":"message","event_date":"2022-09-07 18:29:38",
     "event_data":{"message":{"id":"false_79991112233@c.us_3EB0436AE1E682FF3A37","body":"212","type":"hologram"}}}
]}"#;

/// Events as PHP and a careless service may write them, with a message among them: what the data are worth decides about
/// no event but their own.
const ODD_EVENTS: &str = r#"{"result":"OK","pages":1,"elements":6,"page":1,"data":[
    {"id":1,"whatsapp_id":"odd-events","event_action":"disconnect","event_date":"2022-09-07 18:29:37","event_data":[]},
    {"id":2,"whatsapp_id":"odd-events","event_action":"error","event_date":"2022-09-07 18:29:38","event_data":"Timeout"},
    {"id":3,"whatsapp_id":"odd-events","event_action":"ready","event_date":"2022-09-07 18:29:39","event_data":null},
    {"id":4,"whatsapp_id":"odd-events","event_action":"ready","event_date":"2022-09-07 18:29:40","event_data":{}},
    {"id":5,"whatsapp_id":"odd-events","event_action":"call","event_date":"2022-09-07 18:29:41","event_data":{"video":true}},
    {"id":6,"whatsapp_id":"odd-events","event_action":"message","event_date":"2022-09-07 18:29:42",
     "event_data":{"message":{"id":"false_79991112233@c.us_3EB0436AE1E682FF3A37","body":"212","type":"chat"}}}
]}"#;

/// An error of one member, whose name says nothing of the others.
const SHORT_ERROR: &str = r#"{"message":"Something went wrong."}"#;

/// What goes wrong for the sessions of these names, so that every program can ask for it.
fn faults() -> Vec<FaultRule> {
    let reply = |status, body: &str| Fault::Reply {
        status,
        body: body.to_owned(),
        content_type: "application/json; charset=UTF-8".to_owned(),
        acts: false,
    };
    vec![
        FaultRule::new(reply(200, ODD_EVENTS)).on("events-get").session("odd-events"),
        FaultRule::new(reply(500, SHORT_ERROR)).on("send").session("short-error"),
        FaultRule::new(Fault::Error { form: ErrorForm::BadGateway, acts: None })
            .on("send")
            .session("bad-gateway"),
        FaultRule::new(reply(200, r#"{"result":"OK","data":"1"}"#)).on("check").session("text-flag"),
    ]
}

/// A running sandbox whose sessions link themselves at once.
pub(super) struct Gateway {
    sandbox: Sandbox,
    /// A linked session with a chat in which a file came in.
    session: SessionId,
    /// Drives the sandbox while the main thread waits for consumers.
    _runtime: Runtime,
}

impl Gateway {
    pub(super) fn start() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let settings = Settings {
            api_keys: vec![whatsgate_canary::KEY.to_owned()],
            authorization_delay: Duration::from_millis(10),
            scan: Scan::After(Duration::from_millis(10)),
            sessions_limit: 100_000,
            faults: faults(),
            ..Settings::default()
        };
        let events = post(|| async { ([(CONTENT_TYPE, "application/json")], NEWER_EVENTS) });
        let routes = Router::new().route("/newer/api/v1/events-get", events);
        let sandbox = runtime.block_on(Sandbox::start_with(settings, routes))?;
        let session = sandbox.ready_session("Consumers");
        let picture = Media::new(MimeType::octet_stream(), "file.bin", Base64Data::encode("Hello"));
        let sender = ChatId::new("79991112233@c.us")?;
        sandbox.receive(&session, Incoming::file(sender, picture))?;
        Ok(Self { sandbox, session, _runtime: runtime })
    }

    /// The address of the description that the sandbox serves.
    pub(super) fn openapi(&self) -> String {
        format!("http://{}/openapi.json", self.sandbox.address())
    }

    /// The header with the key.
    pub(super) fn key_header(&self) -> String {
        format!("X-Api-Key: {}", self.sandbox.api_key())
    }

    /// Tells a program where the sandbox is and what it needs to talk to it.
    pub(super) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("WHATSGATE_BASE_URL", self.sandbox.base_url())
            .env("WHATSGATE_API_KEY", self.sandbox.api_key())
            .env("WHATSGATE_SESSION", self.session.as_str())
            .env("NEWER_URL", format!("http://{}/newer/api/v1", self.sandbox.address()))
    }
}
