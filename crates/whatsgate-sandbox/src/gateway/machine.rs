//! The machine: the door through which requests, times and people come in.

use std::fmt;
use std::time::Duration;

use whatsgate_model::{ChatId, MessageId, SessionId};

use super::acts::{PhoneError, linking, progress, receiving};
use super::answer::Answer;
use super::clock::after;
use super::commands::Run;
use super::request::RequestBody;
use super::state::{
    AccountIndex, Delivery, DeliveryRecord, Incoming, LinkingCode, Session, SessionState, State,
};
use super::{admin, commands, course, snapshot};
use crate::faults::{FaultPlan, FaultRule, Faults};
use crate::settings::Settings;

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
pub struct Gateway(State);

/// Without what people wrote, and without keys.
impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("now", &self.0.clock.now())
            .field("sessions", &self.0.sessions.len())
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// A gateway without sessions.
    pub fn new(settings: Settings) -> Self {
        Self(State::new(settings))
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The whole state as JSON: sessions, messages, events, files, and what is still to happen. Settings and rules of
    /// faults are not part of it.
    ///
    /// # Errors
    /// When the state cannot be written as JSON, which would be a bug of this crate.
    pub fn save(&self) -> Result<String, serde_json::Error> {
        snapshot::save(&self.0)
    }

    /// A gateway that goes on from a saved state. The keys in the settings must stand in the same order as before.
    ///
    /// # Errors
    /// When the text is no saved state, or one of another version.
    pub fn restore(settings: Settings, saved: &str) -> Result<Self, serde_json::Error> {
        snapshot::restore(settings, saved).map(Self)
    }
}

/// Requests.
impl Gateway {
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

    /// Answers a POST request of the admin API, described by [`ADMIN_OPENAPI`](crate::ADMIN_OPENAPI); its commands are
    /// known only if [`Settings::admin`] says so.
    pub fn answer_admin(
        &mut self,
        command: &str,
        api_key: Option<&str>,
        body: &RequestBody,
        now: u64,
    ) -> Answer {
        self.advance(now);
        let command = admin::find(command).filter(|_| self.0.settings.admin);
        self.run(command, api_key, body)
    }

    fn run(&mut self, command: Option<Run>, api_key: Option<&str>, body: &RequestBody) -> Answer {
        let Some(run) = command else { return Answer::not_found() };
        let account = AccountIndex::of_key(&self.0.settings.api_keys, api_key);
        let Some(account) = account else { return Answer::unauthorized() };
        let result = body.fields().and_then(|fields| run(&mut self.0, account, &fields));
        result.map_or_else(|refusal| refusal, Answer::ok)
    }

    /// Decides what goes wrong with a request of this command; [`answer`](Self::answer) itself never goes wrong.
    pub fn plan_faults(&mut self, command: &str) -> FaultPlan {
        self.0.news.faults.plan(command)
    }

    /// Puts other rules of faults in the place of the present ones, and starts their random choices anew.
    pub fn set_faults(&mut self, seed: u64, rules: &[FaultRule]) {
        self.0.news.faults = Faults::new(seed, rules);
    }
}

/// Time and webhooks.
impl Gateway {
    /// Lets everything happen that is due by then.
    pub fn advance(&mut self, now: u64) {
        course::advance(&mut self.0, now);
    }

    /// Puts the gateway's time ahead, by a year at most; what becomes due by that happens at once, each at its own time.
    pub fn move_clock(&mut self, by: Duration, now: u64) {
        self.advance(now);
        course::move_clock(&mut self.0, by);
    }

    /// When something happens next by itself, webhooks among it.
    pub fn next_due(&self) -> Option<u64> {
        let due = self.0.timeline.next_due().into_iter().chain(self.0.news.webhooks.next_due()).min();
        due.map(|due| self.0.clock.told(due))
    }

    /// Takes the webhooks to post now; each must be reported to [`delivered`](Self::delivered).
    pub fn take_deliveries(&mut self, now: u64) -> Vec<Delivery> {
        self.advance(now);
        self.0.news.webhooks.take_due(self.0.clock.now())
    }

    /// Reports what a posted webhook was answered: the reply's body, or why there was none.
    pub fn delivered(&mut self, delivery: u64, reply: Result<&[u8], String>, now: u64) {
        self.advance(now);
        let repeat_at = after(self.0.clock.now(), self.0.settings.webhook_interval);
        self.0.news.webhooks.delivered(delivery, reply, self.0.settings.webhook_repeats, repeat_at);
    }

    /// The last finished tries of webhooks, oldest first.
    pub fn delivery_records(&self) -> impl Iterator<Item = &DeliveryRecord> {
        self.0.news.webhooks.records()
    }
}

/// Sessions and their phones.
impl Gateway {
    /// Makes a session of the first account and links it at once.
    pub fn ready_session(&mut self, name: &str, now: u64) -> SessionId {
        self.advance(now);
        let id = linking::create(&mut self.0, AccountIndex::FIRST, name, None, None);
        linking::authorize(&mut self.0, &id);
        linking::link(&mut self.0, &id);
        id.to_id()
    }

    /// The linked sessions of the first account, in the order they were made.
    pub fn ready_sessions(&self) -> Vec<SessionId> {
        let sessions = self.0.sessions.of_account(AccountIndex::FIRST).into_iter();
        sessions
            .filter(|session| session.state == SessionState::Ready)
            .map(|session| session.id.to_id())
            .collect()
    }

    /// The state of a session; none if there is no such session.
    pub fn session_state(&self, session: &SessionId) -> Option<SessionState> {
        self.0.sessions.get(session.as_str()).map(|session| session.state)
    }

    /// What a session shows now; none if there is no such session.
    pub fn code(&self, session: &SessionId) -> Option<LinkingCode> {
        self.0.sessions.get(session.as_str()).map(Session::code)
    }

    /// The WhatsApp id of a session's account.
    pub fn own_id(&self, session: &SessionId) -> Option<ChatId> {
        ChatId::new(self.0.sessions.get(session.as_str())?.wid()).ok()
    }

    /// Scans a session's code, or types it in, as the account's phone would; a session that is still starting shows its
    /// code first.
    ///
    /// # Errors
    /// [`PhoneError::UnknownSession`], or [`PhoneError::NothingToScan`] for a session that is linked already.
    pub fn scan(&mut self, session: &SessionId, now: u64) -> Result<(), PhoneError> {
        self.advance(now);
        linking::scan(&mut self.0, session.as_str())
    }

    /// Ends a session from the phone's side, as logging out there does (reason `LOGOUT`): gives the event `disconnect`
    /// and removes the session.
    ///
    /// # Errors
    /// [`PhoneError::UnknownSession`].
    pub fn disconnect(&mut self, session: &SessionId, reason: &str, now: u64) -> Result<(), PhoneError> {
        self.advance(now);
        linking::disconnect(&mut self.0, session.as_str(), reason)
    }

    /// Lets somebody write to a linked session: makes the chat, counts the message as unread, and gives the event
    /// `message`, for a file also `media`.
    ///
    /// # Errors
    /// [`PhoneError`] when the session is not there or not linked, or the message cannot be.
    pub fn receive(
        &mut self,
        session: &SessionId,
        incoming: Incoming,
        now: u64,
    ) -> Result<MessageId, PhoneError> {
        self.advance(now);
        receiving::receive(&mut self.0, session.as_str(), incoming)
    }

    /// Lets the other side of a chat read what the session sent: the messages go to state 3, with their events.
    ///
    /// # Errors
    /// [`PhoneError`] when there is no such session or chat, or the phone is switched off.
    pub fn read(&mut self, session: &SessionId, chat: &ChatId, now: u64) -> Result<(), PhoneError> {
        self.advance(now);
        progress::read(&mut self.0, session.as_str(), chat)
    }

    /// Switches the phone of a chat's other side off or on. Messages to a phone that is off stay in state 1 until it is on.
    ///
    /// # Errors
    /// [`PhoneError`] when there is no such session or chat.
    pub fn switch_phone(
        &mut self,
        session: &SessionId,
        chat: &ChatId,
        on: bool,
        now: u64,
    ) -> Result<(), PhoneError> {
        self.advance(now);
        progress::switch_phone(&mut self.0, session.as_str(), chat, on)
    }
}
