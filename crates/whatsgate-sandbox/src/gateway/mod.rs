//! The gateway as a pure state machine: requests and times in, answers and webhooks out; no I/O, no clock.

mod admin;
mod answer;
mod chats;
mod clock;
pub(crate) mod commands;
mod error_form;
mod events;
mod faults;
mod fields;
mod incoming;
mod linking;
mod media;
mod outgoing;
mod paging;
mod random;
mod reading;
mod session;
mod snapshot;
mod timeline;
mod webhooks;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::to_raw_value;
use serde_json::{Map, Value};
use whatsgate_model::SessionId;

pub use admin::ADMIN_OPENAPI;
pub use answer::Answer;
pub use error_form::ErrorForm;
pub use faults::{Fault, FaultPlan, FaultRule, PlannedReply};
pub use incoming::{Incoming, PhoneError};
pub use linking::LinkingCode;
pub use session::SessionState;
pub use webhooks::{Delivery, DeliveryOutcome, DeliveryRecord};

use crate::settings::Settings;
use commands::Run;
use events::{Event, EventLog};
use faults::Faults;
use fields::Fields;
use media::MediaStore;
use random::Random;
use session::Session;
use timeline::{Task, Timeline};
use webhooks::Webhooks;

/// How far the clock can be moved at once. All that happens in between is computed, so this must have an end.
const LONGEST_MOVE: Duration = Duration::from_secs(366 * 24 * 3600);

/// How long a webhook that is to come after the next one waits for that.
const HOLDING_TIME: Duration = Duration::from_secs(5);

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
    faults: Faults,
}

/// Without what people wrote, and without keys.
impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("now", &self.now)
            .field("sessions", &self.sessions.len())
            .finish_non_exhaustive()
    }
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
        let faults = Faults::new(settings.seed, &settings.faults);
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
            faults,
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

    /// Decides what goes wrong with a request of this command; [`answer`](Self::answer) itself never goes wrong.
    pub fn plan_faults(&mut self, command: &str) -> FaultPlan {
        self.faults.plan(command)
    }

    /// Puts other rules of faults in the place of the present ones, and starts their random choices anew.
    pub fn set_faults(&mut self, seed: u64, rules: &[FaultRule]) {
        self.faults = Faults::new(seed, rules);
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

    /// Puts the gateway's time ahead, by a year at most; what becomes due by that happens at once, each at its own time.
    pub fn move_clock(&mut self, by: Duration, now: u64) {
        self.ahead = clock::after(self.ahead, by.min(LONGEST_MOVE));
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
    fn emit(&mut self, session: &str, action: &str, data: &Value) {
        let Some(from) = self.sessions.get(session) else { return };
        let Ok(data) = to_raw_value(data) else { return };
        let event = Arc::new(Event {
            id: self.events.next_id(),
            account: from.account,
            session: session.into(),
            action: action.into(),
            date: clock::date_text(self.now, self.settings.utc_offset).into(),
            data,
        });
        if let Some(url) = from.callback.clone() {
            self.post(&event, &url.into());
        }
        self.events.push(event, self.settings.kept_events, self.settings.kept_text_bytes);
    }

    /// Queues the webhook of an event, with the faults that happen to it.
    fn post(&mut self, event: &Arc<Event>, url: &Arc<str>) {
        let mut posts = vec![event.clone()];
        let mut at = self.now;
        let mut held = false;
        for fault in self.faults.plan_webhook(&event.action) {
            match fault {
                Fault::Lose => posts.retain(|post| post.id != event.id),
                Fault::Double => posts.push(event.clone()),
                Fault::Delay { ms } => at = at.saturating_add(ms),
                Fault::Reorder => held = true,
                Fault::Forge => posts.push(Arc::new(event.forged())),
                _ => {}
            }
        }
        let settings = &self.settings;
        for post in posts {
            self.webhooks.add(at, post, url.clone(), settings.kept_events, settings.kept_text_bytes);
        }
        if held {
            self.webhooks.hold_last(&event.session, clock::after(self.now, HOLDING_TIME));
        }
    }
}
