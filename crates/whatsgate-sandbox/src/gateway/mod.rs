//! The gateway as a pure state machine: requests and times in, answers and webhooks out; no I/O, no clock.

mod admin;
mod answer;
mod chats;
mod clock;
mod commands;
mod events;
mod fields;
mod incoming;
mod linking;
mod media;
mod outgoing;
mod paging;
mod random;
mod reading;
mod session;
mod timeline;
mod webhooks;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};
use whatsgate_model::SessionId;

pub use admin::ADMIN_OPENAPI;
pub use answer::Answer;
pub use incoming::{Incoming, PhoneError};
pub use linking::LinkingCode;
pub use session::SessionState;
pub use webhooks::{Delivery, DeliveryOutcome, DeliveryRecord};

use crate::settings::Settings;
use commands::Run;
use events::{Event, EventLog};
use fields::Fields;
use media::MediaStore;
use random::Random;
use session::Session;
use timeline::{Task, Timeline};
use webhooks::Webhooks;

/// The state of a gateway. All times are Unix milliseconds and may only rise; [`move_clock`](Self::move_clock) puts the
/// gateway's own time ahead of those it is told.
///
/// ```
/// use whatsgate_sandbox::{Gateway, Settings};
///
/// let settings = Settings::default();
/// let key = settings.api_keys[0].clone();
/// let mut gateway = Gateway::new(settings);
/// let answer = gateway.answer("session-create", Some(&key), br#"{"name":"Shop"}"#, 1_662_575_377_000);
/// assert_eq!(answer.status, 200);
/// assert_eq!(answer.body["data"]["status"], "PENDING");
/// assert_eq!(answer.body["data"]["date_add"], "2022-09-07 18:29:37");
/// ```
#[derive(Debug)]
pub struct Gateway {
    settings: Settings,
    random: Random,
    /// The gateway's own time.
    now: u64,
    /// How far that is ahead of the times told.
    ahead: u64,
    sessions: BTreeMap<Box<str>, Session>,
    sessions_made: u64,
    events: EventLog,
    media: MediaStore,
    timeline: Timeline,
    webhooks: Webhooks,
}

/// The body of a request, read as JSON.
///
/// Reading needs no gateway, so that a server can do it before it takes a lock.
#[derive(Clone, Debug)]
pub struct RequestBody(Option<Map<String, Value>>);

impl RequestBody {
    /// Reads a body; an empty one counts as an object without members.
    pub fn read(body: &[u8]) -> Self {
        if body.trim_ascii().is_empty() {
            return Self(Some(Map::new()));
        }
        Self(serde_json::from_slice(body).ok())
    }
}

impl Gateway {
    /// A gateway without sessions.
    pub fn new(settings: Settings) -> Self {
        Self {
            random: Random::new(settings.seed),
            settings,
            now: 0,
            ahead: 0,
            sessions: BTreeMap::new(),
            sessions_made: 0,
            events: EventLog::default(),
            media: MediaStore::default(),
            timeline: Timeline::default(),
            webhooks: Webhooks::default(),
        }
    }

    /// Answers a POST request: the command's name, the value of `X-Api-Key`, the body, and the time.
    pub fn answer(&mut self, command: &str, api_key: Option<&str>, body: &[u8], now: u64) -> Answer {
        self.answer_read(command, api_key, &RequestBody::read(body), now)
    }

    /// The same for a body that was read before.
    pub fn answer_read(
        &mut self,
        command: &str,
        api_key: Option<&str>,
        body: &RequestBody,
        now: u64,
    ) -> Answer {
        self.advance(now);
        self.run(commands::find(command), api_key, body)
    }

    /// Answers a POST request of the admin API, described by [`ADMIN_OPENAPI`]; its commands are known only if
    /// [`Settings::admin`] says so.
    pub fn answer_admin(
        &mut self,
        command: &str,
        api_key: Option<&str>,
        body: &RequestBody,
        now: u64,
    ) -> Answer {
        self.advance(now);
        self.run(admin::find(self, command), api_key, body)
    }

    fn run(&mut self, command: Option<Run>, api_key: Option<&str>, body: &RequestBody) -> Answer {
        let Some(run) = command else { return Answer::not_found() };
        let account = self.settings.api_keys.iter().position(|key| Some(key.as_str()) == api_key);
        let Some(account) = account else { return Answer::unauthorized() };
        let Some(members) = &body.0 else { return Answer::bad_json() };
        run(self, account, &Fields::new(members)).map_or_else(|error| error, Answer::ok)
    }

    /// Lets everything happen that is due by then.
    pub fn advance(&mut self, now: u64) {
        let now = now.saturating_add(self.ahead);
        while let Some((at, session, task)) = self.timeline.take_due(now) {
            self.now = self.now.max(at);
            self.perform(&session, task);
        }
        self.now = self.now.max(now);
    }

    /// Puts the gateway's time ahead; what becomes due by that happens at once, each at its own time.
    pub fn move_clock(&mut self, by: Duration, now: u64) {
        self.ahead = clock::after(self.ahead, by);
        self.advance(now);
    }

    /// When something happens next by itself, webhooks among it.
    pub fn next_due(&self) -> Option<u64> {
        let due = self.timeline.next_due().into_iter().chain(self.webhooks.next_due()).min();
        due.map(|due| due.saturating_sub(self.ahead))
    }

    /// Takes the webhooks to post now; each must be reported to [`delivered`](Self::delivered).
    pub fn take_deliveries(&mut self, now: u64) -> Vec<Delivery> {
        self.advance(now);
        self.webhooks.take_due(self.now)
    }

    /// Reports what a posted webhook was answered: the reply's body, or why there was none.
    pub fn delivered(&mut self, delivery: u64, reply: Result<&[u8], String>, now: u64) {
        self.advance(now);
        let repeat_at = clock::after(self.now, self.settings.webhook_interval);
        self.webhooks.delivered(delivery, reply, self.settings.webhook_repeats, repeat_at);
    }

    /// The last finished tries of webhooks, oldest first.
    pub fn delivery_records(&self) -> impl Iterator<Item = &DeliveryRecord> {
        self.webhooks.records()
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The state of a session; none if there is no such session.
    pub fn session_state(&self, session: &SessionId) -> Option<SessionState> {
        self.sessions.get(session.as_str()).map(|session| session.state)
    }

    /// The time as told from outside.
    fn outer_now(&self) -> u64 {
        self.now.saturating_sub(self.ahead)
    }

    fn perform(&mut self, session: &str, task: Task) {
        match task {
            Task::Authorize => self.authorize(session),
            Task::RefreshCode(shown) => self.refresh_code(session, shown),
            Task::Scan => self.link(session),
            Task::Send(draft) => self.send_queued(session, *draft),
            Task::Ack(message, ack) => self.reach_ack(session, &message, ack),
            Task::Receive(incoming) => {
                // The session may be gone by now; then nobody is there to receive.
                let _ = self.receive_now(session, *incoming);
            }
        }
    }

    /// Logs an event and queues its webhook.
    fn emit(&mut self, session: &str, action: &'static str, data: Value) {
        let Some(from) = self.sessions.get(session) else { return };
        let event = Event {
            id: 0,
            account: from.account,
            session: session.into(),
            action,
            date: clock::date_text(self.now, self.settings.utc_offset),
            data,
        };
        let callback = from.callback.clone();
        let event = self.events.push(event, self.settings.kept_events);
        if let Some(url) = callback {
            let body = event.to_webhook().to_string();
            self.webhooks.add(self.now, event.id, session, &url, body, self.settings.kept_events);
        }
    }
}
