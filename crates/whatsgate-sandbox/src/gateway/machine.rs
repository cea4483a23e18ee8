//! The machine: the door through which requests, times and people come in.

use std::fmt;
use std::time::Duration;

use whatsgate_model::{ChatId, Message, MessageId, SessionId};

use super::acts::{PhoneError, changing, linking, progress, receiving, sending};
use super::answer::Answer;
use super::clock::after;
use super::commands::Run;
use super::journal::{Entry, Input, Journal};
use super::request::RequestBody;
use super::snapshot::Generation;
use super::state::{
    AccountIndex, Delivery, DeliveryRecord, Incoming, LateRequest, LinkingCode, Session, SessionState, State,
};
use super::{admin, commands, course, snapshot};
use crate::faults::{FaultPlan, FaultRule, Faults, Subject};
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
pub struct Gateway {
    state: State,
    journal: Journal,
}

/// Without what people wrote, and without keys.
impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("now", &self.state.clock.now())
            .field("sessions", &self.state.sessions.len())
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// A gateway without sessions.
    pub fn new(settings: Settings) -> Self {
        Self { state: State::new(settings), journal: Journal::default() }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.state.settings
    }

    /// The whole state as JSON: sessions, messages, events, files, and what is still to happen. Settings and rules of
    /// faults are written down, but not gone on from.
    ///
    /// ```
    /// use whatsgate_sandbox::{Gateway, Settings};
    /// # const NOW: u64 = 1_662_575_377_000;
    ///
    /// let mut gateway = Gateway::new(Settings::default());
    /// gateway.ready_session("Shop", NOW);
    /// let state = gateway.save()?;
    /// # assert!(state.contains("Shop"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the state cannot be written as JSON, which would be a bug of this crate.
    pub fn save(&self) -> Result<String, serde_json::Error> {
        self.save_generation(Generation::default())
    }

    /// A gateway that goes on from a saved state. The keys in the settings must stand in the same order as before.
    ///
    /// # Errors
    /// When the text is no saved state, or one of another version.
    pub fn restore(settings: Settings, saved: &str) -> Result<Self, serde_json::Error> {
        let (mut gateway, _) = Self::restore_generation(saved)?;
        gateway.resettle(settings);
        Ok(gateway)
    }
}

/// Keeping: a saved state, and a journal of what came in since.
impl Gateway {
    /// The state as JSON; the generation says which journal goes on from it.
    pub(crate) fn save_generation(&self, generation: Generation) -> Result<String, serde_json::Error> {
        snapshot::save(&self.state, generation)
    }

    /// A saved state with the settings and faults of then, for a journal to be replayed, and its generation.
    pub(crate) fn restore_generation(saved: &str) -> Result<(Self, Generation), serde_json::Error> {
        let (state, generation) = snapshot::restore(saved)?;
        Ok((Self { state, journal: Journal::default() }, generation))
    }

    /// Goes on in another process, with these settings and their faults.
    pub(crate) fn resettle(&mut self, settings: Settings) {
        self.state.news.webhooks.post_again();
        self.state.news.faults = Faults::new(settings.seed, &settings.faults);
        self.state.settings = settings;
    }

    /// Notes from now on what comes in.
    pub(crate) fn keep_journal(&mut self) {
        self.journal = Journal::kept();
    }

    /// Takes what came in since this was last asked.
    pub(crate) fn take_entries(&mut self) -> Vec<Entry> {
        self.journal.take(self.state.news.events.last_id())
    }

    /// Lets something come in again.
    ///
    /// Fails if something else happens by that than the first time.
    pub(crate) fn replay(&mut self, entry: Entry) -> Result<(), String> {
        let at = entry.at;
        match entry.input {
            Input::Time => self.advance(at),
            Input::Request { command, account, body } => {
                self.advance(at);
                self.run(commands::find(&command), account, &body);
            }
            Input::AdminRequest { command, account, body } => {
                self.advance(at);
                self.run(admin::find(&command), account, &body);
            }
            Input::LateRequest { command, account, body, after_ms } => {
                self.advance(at);
                self.take_in(LateRequest { account, command, body }, after_ms);
            }
            Input::SetFaults { seed, rules } => self.set_faults(seed, &rules),
            Input::MoveClock { ms } => self.move_clock(Duration::from_millis(ms), at),
            Input::TakeDeliveries => drop(self.take_deliveries(at)),
            Input::Delivered { delivery, reply } => {
                self.delivered(delivery, reply.as_deref().map(str::as_bytes).map_err(Clone::clone), at);
            }
            Input::ReadySession { name } => drop(self.ready_session(&name, at)),
            Input::Scan { session } => drop(self.scan(&session, at)),
            Input::Disconnect { session, reason } => drop(self.disconnect(&session, &reason, at)),
            Input::Receive { session, incoming } => drop(self.receive(&session, *incoming, at)),
            Input::Read { session, chat } => drop(self.read(&session, &chat, at)),
            Input::SwitchPhone { session, chat, on } => drop(self.switch_phone(&session, &chat, on, at)),
            Input::Type { session, chat, text } => drop(self.type_on_phone(&session, &chat, text, at)),
            Input::React { session, message, reaction } => {
                drop(self.react(&session, &message, &reaction, at));
            }
            Input::Edit { session, message, text } => drop(self.edit(&session, &message, &text, at)),
            Input::Revoke { session, message } => drop(self.revoke(&session, &message, at)),
        }
        let last = self.state.news.events.last_id();
        match entry.last_event {
            Some(expected) if expected != last => {
                Err(format!("the last event was number {expected}, and is {last} when all comes in again"))
            }
            _ => Ok(()),
        }
    }
}

/// Requests.
impl Gateway {
    /// Answers a POST request: the command's name, the value of `X-Api-Key`, the body, and the time.
    ///
    /// ```
    /// use whatsgate_sandbox::{Gateway, Settings};
    /// # const NOW: u64 = 1_662_575_377_000;
    ///
    /// let mut gateway = Gateway::new(Settings::default());
    /// let answer = gateway.answer("sessions-get", Some("a wrong key"), b"{}", NOW);
    /// assert_eq!(answer.status, 401);
    /// ```
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
        let found = commands::find(command);
        self.admit(found, api_key).map_or_else(
            |refusal| refusal,
            |account| {
                if !commands::only_reads(command) || self.state.news.faults.befall_lists() {
                    let command = command.to_owned();
                    self.journal.note(now, || Input::Request { command, account, body: body.clone() });
                }
                self.run(found, account, body)
            },
        )
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
        let found = admin::find(command).filter(|_| self.state.settings.admin);
        self.admit(found, api_key).map_or_else(
            |refusal| refusal,
            |account| {
                let command = command.to_owned();
                self.journal.note(now, || Input::AdminRequest { command, account, body: body.clone() });
                self.run(found, account, body)
            },
        )
    }

    /// The account of a request whose command is known.
    fn admit(&self, command: Option<Run>, api_key: Option<&str>) -> Result<AccountIndex, Answer> {
        command.ok_or_else(Answer::not_found)?;
        AccountIndex::of_key(&self.state.settings.api_keys, api_key).ok_or_else(Answer::unauthorized)
    }

    fn run(&mut self, command: Option<Run>, account: AccountIndex, body: &RequestBody) -> Answer {
        let Some(run) = command else { return Answer::not_found() };
        let result = body.fields().and_then(|fields| run(&mut self.state, account, &fields));
        result.map_or_else(|refusal| refusal, Answer::ok)
    }

    /// Takes a request in that is carried out after that time, whatever becomes of its client, and returns a number for
    /// [`take_late_answer`](Self::take_late_answer).
    ///
    /// # Errors
    /// The answer to a request that is refused at once: one of an unknown command, without a key, or without JSON.
    pub fn answer_late(
        &mut self,
        command: &str,
        api_key: Option<&str>,
        body: &RequestBody,
        after_time: Duration,
        now: u64,
    ) -> Result<u64, Answer> {
        self.advance(now);
        let account = self.admit(commands::find(command), api_key)?;
        body.fields()?;
        let request = LateRequest { account, command: command.to_owned(), body: body.clone() };
        let after_ms = u64::try_from(after_time.as_millis()).unwrap_or(u64::MAX);
        let LateRequest { account, command, body } = request.clone();
        self.journal.note(now, || Input::LateRequest { command, account, body, after_ms });
        Ok(self.take_in(request, after_ms))
    }

    fn take_in(&mut self, request: LateRequest, after_ms: u64) -> u64 {
        self.state.late.add(self.state.clock.now().saturating_add(after_ms), request)
    }

    /// Takes the answer to a late request; none if it was not carried out yet, or its answer was taken.
    pub fn take_late_answer(&mut self, number: u64, now: u64) -> Option<Answer> {
        self.advance(now);
        self.state.late.take_answer(number)
    }

    /// Decides what goes wrong with a request of this command before its body is read; none if rules choose by what it
    /// says, so that it must be read for [`plan_faults`](Self::plan_faults).
    pub fn plan_faults_unread(&mut self, command: &str, now: u64) -> Option<FaultPlan> {
        let unread = || RequestBody::read(b"");
        (!self.state.news.faults.need_body(command)).then(|| self.plan_faults(command, &unread(), now))
    }

    /// Decides what goes wrong with a request; [`answer`](Self::answer) itself never goes wrong.
    pub fn plan_faults(&mut self, command: &str, body: &RequestBody, now: u64) -> FaultPlan {
        self.advance(now);
        let fields = body.fields().ok();
        let session = fields.as_ref().and_then(|fields| fields.text("WhatsappID").ok()?);
        let chat = fields.as_ref().and_then(commands::chat);
        let subject = Subject { name: command, session, chat: chat.as_ref().map(ChatId::as_str) };
        self.state.news.faults.of_request(subject, self.state.clock.now())
    }

    /// Puts other rules of faults in the place of the present ones, and starts their random choices anew.
    pub fn set_faults(&mut self, seed: u64, rules: &[FaultRule]) {
        // Told without a time: it counts from whatever comes next.
        let at = self.state.clock.told(self.state.clock.now());
        self.journal.note(at, || Input::SetFaults { seed, rules: rules.to_vec() });
        self.state.news.faults = Faults::new(seed, rules);
    }
}

/// Time and webhooks.
impl Gateway {
    /// Lets everything happen that is due by then.
    ///
    /// ```
    /// use whatsgate_sandbox::{Gateway, Settings};
    /// # const NOW: u64 = 1_662_575_377_000;
    ///
    /// let mut gateway = Gateway::new(Settings::default());
    /// gateway.ready_session("Shop", NOW);
    /// if let Some(due) = gateway.next_due() {
    ///     gateway.advance(due);
    /// }
    /// ```
    pub fn advance(&mut self, now: u64) {
        if course::advance(&mut self.state, now) {
            self.journal.note(now, || Input::Time);
        }
    }

    /// Puts the gateway's time ahead, by a year at most; what becomes due by that happens at once, each at its own time.
    pub fn move_clock(&mut self, by: Duration, now: u64) {
        self.advance(now);
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.journal.note(now, || Input::MoveClock { ms });
        course::move_clock(&mut self.state, by);
    }

    /// When something happens next by itself, webhooks among it.
    pub fn next_due(&self) -> Option<u64> {
        let due = course::next_due(&self.state).into_iter().chain(self.state.news.webhooks.next_due()).min();
        due.map(|due| self.state.clock.told(due))
    }

    /// Takes the webhooks to post now; each must be reported to [`delivered`](Self::delivered).
    pub fn take_deliveries(&mut self, now: u64) -> Vec<Delivery> {
        self.advance(now);
        let due = self.state.news.webhooks.take_due(self.state.clock.now());
        if !due.is_empty() {
            self.journal.note(now, || Input::TakeDeliveries);
        }
        due
    }

    /// Reports what a posted webhook was answered: the reply's body, or why there was none.
    pub fn delivered(&mut self, delivery: u64, reply: Result<&[u8], String>, now: u64) {
        self.advance(now);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.journal.note(now, || Input::Delivered { delivery, reply: reply.clone().map(text) });
        let repeat_at = after(self.state.clock.now(), self.state.settings.webhook_interval);
        self.state.news.webhooks.delivered(delivery, reply, self.state.settings.webhook_repeats, repeat_at);
    }

    /// The last finished tries of webhooks, oldest first.
    pub fn delivery_records(&self) -> impl Iterator<Item = &DeliveryRecord> {
        self.state.news.webhooks.records()
    }
}

/// Sessions and their phones.
impl Gateway {
    /// Makes a session of the first account and links it at once.
    ///
    /// ```
    /// use whatsgate_sandbox::{Gateway, Settings};
    /// # const NOW: u64 = 1_662_575_377_000;
    ///
    /// let mut gateway = Gateway::new(Settings::default());
    /// let session = gateway.ready_session("Shop", NOW);
    /// assert_eq!(gateway.ready_sessions(), [session]);
    /// ```
    pub fn ready_session(&mut self, name: &str, now: u64) -> SessionId {
        self.advance(now);
        self.journal.note(now, || Input::ReadySession { name: name.to_owned() });
        let id = linking::create(&mut self.state, AccountIndex::FIRST, name, None, None);
        linking::authorize(&mut self.state, &id);
        linking::link(&mut self.state, &id);
        id.to_id()
    }

    /// The linked sessions of the first account, in the order they were made.
    pub fn ready_sessions(&self) -> Vec<SessionId> {
        let sessions = self.state.sessions.of_account(AccountIndex::FIRST).into_iter();
        sessions
            .filter(|session| session.state == SessionState::Ready)
            .map(|session| session.id.to_id())
            .collect()
    }

    /// The state of a session; none if there is no such session.
    pub fn session_state(&self, session: &SessionId) -> Option<SessionState> {
        self.state.sessions.get(session.as_str()).map(|session| session.state)
    }

    /// What a session shows now; none if there is no such session.
    pub fn code(&self, session: &SessionId) -> Option<LinkingCode> {
        self.state.sessions.get(session.as_str()).map(Session::code)
    }

    /// What a session sent, as far as [`Settings::kept_messages`] reaches, oldest first: by which a test counts what really
    /// left, whatever its client believes.
    pub fn sent(&self, session: &SessionId) -> Vec<Message> {
        let session = self.state.sessions.get(session.as_str());
        session.map(|session| session.messages.sent().cloned().collect()).unwrap_or_default()
    }

    /// The WhatsApp id of a session's account.
    pub fn own_id(&self, session: &SessionId) -> Option<ChatId> {
        ChatId::new(self.state.sessions.get(session.as_str())?.wid()).ok()
    }

    /// Scans a session's code, or types it in, as the account's phone would; a session that is still starting shows its
    /// code first.
    ///
    /// # Errors
    /// [`PhoneError::UnknownSession`], or [`PhoneError::NothingToScan`] for a session that is linked already.
    pub fn scan(&mut self, session: &SessionId, now: u64) -> Result<(), PhoneError> {
        self.advance(now);
        self.journal.note(now, || Input::Scan { session: session.clone() });
        linking::scan(&mut self.state, session.as_str())
    }

    /// Ends a session from the phone's side, as logging out there does (reason `LOGOUT`): gives the event `disconnect`
    /// and removes the session.
    ///
    /// # Errors
    /// [`PhoneError::UnknownSession`].
    pub fn disconnect(&mut self, session: &SessionId, reason: &str, now: u64) -> Result<(), PhoneError> {
        self.advance(now);
        let noted = || Input::Disconnect { session: session.clone(), reason: reason.to_owned() };
        self.journal.note(now, noted);
        linking::disconnect(&mut self.state, session.as_str(), reason)
    }

    /// Lets somebody write to a linked session: makes the chat, counts the message as unread, and gives the event
    /// `message`, for a file also `media`.
    ///
    /// ```
    /// use whatsgate_sandbox::{Gateway, Settings};
    /// # const NOW: u64 = 1_662_575_377_000;
    /// use whatsgate_sandbox::Incoming;
    /// use whatsgate_sandbox::model::ChatId;
    ///
    /// let mut gateway = Gateway::new(Settings::default());
    /// let session = gateway.ready_session("Shop", NOW);
    /// let customer = ChatId::new("79991112233@c.us")?;
    /// gateway.receive(&session, Incoming::text(customer, "Is it in stock?"), NOW + 1000)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
        let noted = || Input::Receive { session: session.clone(), incoming: Box::new(incoming.clone()) };
        self.journal.note(now, noted);
        receiving::receive(&mut self.state, session.as_str(), incoming)
    }

    /// Lets the other side of a chat read what the session sent: the messages go to state 3, with their events.
    ///
    /// # Errors
    /// [`PhoneError`] when there is no such session or chat, or the phone is switched off.
    pub fn read(&mut self, session: &SessionId, chat: &ChatId, now: u64) -> Result<(), PhoneError> {
        self.advance(now);
        self.journal.note(now, || Input::Read { session: session.clone(), chat: chat.clone() });
        progress::read(&mut self.state, session.as_str(), chat)
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
        self.journal.note(now, || Input::SwitchPhone { session: session.clone(), chat: chat.clone(), on });
        progress::switch_phone(&mut self.state, session.as_str(), chat, on)
    }

    /// Lets a person type a text on the account's own phone: an outgoing message that no request made, with its event
    /// `create`.
    ///
    /// # Errors
    /// [`PhoneError`] when the session is not there or not linked, or the chat cannot be written to.
    pub fn type_on_phone(
        &mut self,
        session: &SessionId,
        chat: &ChatId,
        text: impl Into<String>,
        now: u64,
    ) -> Result<MessageId, PhoneError> {
        self.advance(now);
        let text = text.into();
        let noted = || Input::Type { session: session.clone(), chat: chat.clone(), text: text.clone() };
        self.journal.note(now, noted);
        sending::type_on_phone(&mut self.state, session.as_str(), chat.clone(), text)
    }

    /// Lets the other side react to a message with an emoji, or take its reaction back with an empty text; gives the
    /// event `reaction`.
    ///
    /// # Errors
    /// [`PhoneError`] when the session is not there or not linked, or does not know the message.
    pub fn react(
        &mut self,
        session: &SessionId,
        message: &MessageId,
        reaction: &str,
        now: u64,
    ) -> Result<(), PhoneError> {
        self.advance(now);
        let (message_id, text) = (message.clone(), reaction.to_owned());
        let noted = || Input::React { session: session.clone(), message: message_id, reaction: text };
        self.journal.note(now, noted);
        changing::react(&mut self.state, session.as_str(), message, reaction)
    }

    /// Lets whoever wrote a message change its text; gives the event `edit`.
    ///
    /// # Errors
    /// As for [`react`](Self::react).
    pub fn edit(
        &mut self,
        session: &SessionId,
        message: &MessageId,
        text: &str,
        now: u64,
    ) -> Result<(), PhoneError> {
        self.advance(now);
        let (message_id, new) = (message.clone(), text.to_owned());
        self.journal.note(now, || Input::Edit { session: session.clone(), message: message_id, text: new });
        changing::edit(&mut self.state, session.as_str(), message, text)
    }

    /// Lets whoever wrote a message delete it for everyone; gives the event `revoke_everyone`.
    ///
    /// # Errors
    /// As for [`react`](Self::react).
    pub fn revoke(&mut self, session: &SessionId, message: &MessageId, now: u64) -> Result<(), PhoneError> {
        self.advance(now);
        let noted = || Input::Revoke { session: session.clone(), message: message.clone() };
        self.journal.note(now, noted);
        changing::revoke(&mut self.state, session.as_str(), message)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};
    use whatsgate_model::{ChatId, SessionId};

    use super::{Gateway, Generation};
    use crate::faults::{Fault, FaultRule, Rewriting};
    use crate::gateway::{Incoming, RequestBody};
    use crate::settings::{Echo, Settings};

    fn settings() -> Settings {
        let maybe = |fault| FaultRule { probability: 0.3, ..FaultRule::new(fault) };
        let faults = vec![
            maybe(Fault::Typed { ms: 700 }),
            maybe(Fault::Undeliverable),
            maybe(Fault::ForgetEvents { count: 1 }),
            maybe(Fault::RepeatEvents),
            maybe(Fault::Omit).on("ack"),
            maybe(Fault::Postpone { ms: 900 }),
            maybe(Fault::Unlisted { ms: 300 }),
            maybe(Fault::Rewrite { rewriting: Rewriting::Lid }),
            maybe(Fault::Double),
            maybe(Fault::Reorder),
            maybe(Fault::Forge { ahead: 1 }),
        ];
        Settings { admin: true, echo: Some(Echo::default()), faults, kept_events: 50, ..Settings::default() }
    }

    /// Lets one of many things come in.
    fn something(gateway: &mut Gateway, random: &mut fastrand::Rng, session: &SessionId, now: u64) {
        let key = gateway.settings().api_keys[0].clone();
        let chat = ChatId::new("79991112233@c.us").unwrap();
        let body = |rest: Value| {
            let mut body = json!({ "WhatsappID": session, "recipient": { "id": chat } });
            body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            RequestBody::read(body.to_string().as_bytes())
        };
        let asynchronous = random.bool();
        let message = json!({ "async": asynchronous, "message": { "body": "Hello" } });
        match random.u8(0..12) {
            0 | 1 => drop(gateway.answer_read("send", Some(&key), &body(message), now)),
            2 => drop(gateway.answer_late("send", Some(&key), &body(message), Duration::from_secs(1), now)),
            3 => drop(gateway.answer_read("events-get", Some(&key), &body(json!({})), now)),
            4 => drop(gateway.receive(session, Incoming::text(chat, "Hi"), now)),
            5 => {
                let body = json!({ "WhatsappID": session, "chat": chat, "message": { "body": "Hi" } });
                let body = RequestBody::read(body.to_string().as_bytes());
                drop(gateway.answer_admin("write", Some(&key), &body, now));
            }
            6 => drop(gateway.switch_phone(session, &chat, asynchronous, now)),
            7 => drop(gateway.type_on_phone(session, &chat, "by hand", now)),
            8 => gateway.move_clock(Duration::from_secs(2), now),
            9 => gateway.advance(now),
            10 => {
                let body = body(json!({ "name": "Two" }));
                drop(gateway.answer_read("session-create", Some(&key), &body, now));
            }
            _ => {
                for delivery in gateway.take_deliveries(now) {
                    let event: Value = serde_json::from_str(&delivery.body).unwrap();
                    let reply = json!({ "result": "OK", "id": event["id"] }).to_string();
                    let reply = if asynchronous { Ok(reply.as_bytes()) } else { Err("gone".to_owned()) };
                    gateway.delivered(delivery.number, reply, now);
                }
            }
        }
    }

    #[test]
    fn what_came_in_once_makes_the_same_state_again() {
        for seed in 0..20 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut gateway = Gateway::new(settings());
            let mut now = 1_662_575_377_000;
            let session = gateway.ready_session("Shop", now);
            let key = gateway.settings().api_keys[0].clone();
            let hook = json!({ "WhatsappID": session, "callback": "http://127.0.0.1:9/" }).to_string();
            gateway.answer("set-hook", Some(&key), hook.as_bytes(), now);
            let kept = Generation::default().next();
            let mut saved = String::new();
            let mut entries = Vec::new();
            for step in 0..200 {
                if step == 50 {
                    saved = gateway.save_generation(kept).unwrap();
                    gateway.keep_journal();
                }
                now += random.u64(0..500);
                something(&mut gateway, &mut random, &session, now);
                entries.extend(gateway.take_entries());
            }
            let (mut again, generation) = Gateway::restore_generation(&saved).unwrap();
            assert_eq!(generation, kept);
            for entry in entries {
                let written = serde_json::to_vec(&entry).unwrap();
                again.replay(serde_json::from_slice(&written).unwrap()).unwrap();
            }
            // Time passes for both; without what happens by that, nothing was noted.
            again.advance(now);
            again.resettle(settings());
            gateway.resettle(settings());
            let states = [&again, &gateway].map(|gateway| gateway.save_generation(kept).unwrap());
            assert!(states[0] == states[1], "seed {seed}:\n{}\n{}", states[0], states[1]);
        }
    }
}
