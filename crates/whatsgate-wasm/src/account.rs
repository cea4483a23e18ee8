//! The commands, one method each. JavaScript's own classes stand in front of them.

use std::time::Duration;

use js_sys::{Function, Promise};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use whatsgate_core::{ApiKey, BaseUrl, Client, RetryPolicy, Session, WaitOptions};
use whatsgate_model::{MediaKey, MessageId, PhoneNumber, SessionCreateRequest, SessionId};

use crate::argument::{check, event_filter, file, message, read, recipient, session_filter};
use crate::events::EventView;
use crate::fetch::Fetch;
use crate::value::{ListView, PageView, Stream, json, promise, respond, with_session};

/// An account of the gateway.
///
/// Every method takes the options of the call for the transport first. Arguments with members and all results are JSON
/// text.
#[wasm_bindgen]
pub struct Account {
    client: Client<Fetch>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Retry {
    max_tries: Option<u32>,
    first_pause_ms: Option<u32>,
    longest_pause_ms: Option<u32>,
    deadline_ms: Option<u32>,
}

fn milliseconds(value: Option<u32>, default: Duration) -> Duration {
    value.map_or(default, |value| Duration::from_millis(value.into()))
}

impl Retry {
    fn policy(&self) -> RetryPolicy {
        let default = RetryPolicy::default();
        RetryPolicy::default()
            .with_max_tries(self.max_tries.unwrap_or(default.max_tries))
            .with_pauses(
                milliseconds(self.first_pause_ms, default.first_pause),
                milliseconds(self.longest_pause_ms, default.longest_pause),
            )
            .with_deadline(milliseconds(self.deadline_ms, default.deadline))
    }
}

impl Account {
    // A client of its own for every call, which outlives this object if that is freed meanwhile.
    fn client(&self, options: JsValue) -> Client<Fetch> {
        self.client.with_transport(Fetch::new(options))
    }

    fn session(&self, options: JsValue, id: &str) -> Result<Session<Fetch>, JsValue> {
        Ok(self.client(options).session(check("session", SessionId::new(id))?))
    }
}

#[wasm_bindgen]
impl Account {
    /// The account with this key at `base_url`, a URL or `ru` or `org`.
    ///
    /// # Errors
    /// A `WhatsgateError` of kind `invalidRequest`.
    #[wasm_bindgen(constructor)]
    pub fn new(api_key: &str, base_url: &str, retry: &str) -> Result<Account, JsValue> {
        let key = check("apiKey", ApiKey::new(api_key))?;
        let base_url = check("baseUrl", base_url.parse::<BaseUrl>())?;
        let retry = read::<Retry>("retry", retry)?.policy();
        let client = Client::new(Fetch::new(JsValue::UNDEFINED), base_url, key).with_retry(retry);
        Ok(Self { client })
    }

    /// `send`.
    pub fn send(
        &self,
        options: JsValue,
        session: &str,
        to: &str,
        outgoing: &str,
        asynchronous: bool,
    ) -> Promise {
        let (to, outgoing) = (recipient(to), message(outgoing));
        with_session(self.session(options, session), async move |session| {
            if asynchronous {
                respond(session.send_async(to?, outgoing?).await)
            } else {
                respond(session.send(to?, outgoing?).await)
            }
        })
    }

    /// `send` with a file whose content is in the options.
    #[wasm_bindgen(js_name = sendFile)]
    pub fn send_file(
        &self,
        options: JsValue,
        session: &str,
        to: &str,
        details: &str,
        head: &[u8],
        asynchronous: bool,
    ) -> Promise {
        match file(details, head) {
            Ok(outgoing) => self.send(options, session, to, &json(&outgoing), asynchronous),
            Err(error) => Promise::reject(&error),
        }
    }

    /// `seen`.
    pub fn seen(&self, options: JsValue, session: &str, to: &str) -> Promise {
        let to = recipient(to);
        with_session(self.session(options, session), async move |session| {
            respond(session.mark_as_read(to?).await)
        })
    }

    /// `typing`.
    pub fn typing(&self, options: JsValue, session: &str, to: &str) -> Promise {
        let to = recipient(to);
        with_session(self.session(options, session), async move |session| {
            respond(session.show_typing(to?).await)
        })
    }

    /// `check`.
    pub fn check(&self, options: JsValue, session: &str, number: &str) -> Promise {
        let number = check("number", PhoneNumber::new(number));
        with_session(self.session(options, session), async move |session| {
            respond(session.is_registered(&number?).await)
        })
    }

    /// `get-chats`.
    pub fn chats(&self, options: JsValue, session: &str) -> Promise {
        with_session(self.session(options, session), async move |session| {
            respond(session.chats().await.map(ListView::from))
        })
    }

    /// `get-messagemedia`.
    #[wasm_bindgen(js_name = messageMedia)]
    pub fn message_media(&self, options: JsValue, session: &str, message: &str) -> Promise {
        let message = check("message", MessageId::new(message));
        with_session(self.session(options, session), async move |session| {
            respond(session.message_media(&message?).await)
        })
    }

    /// `get-media`.
    pub fn media(&self, options: JsValue, session: &str, key: &str) -> Promise {
        let key = check("key", MediaKey::new(key));
        with_session(self.session(options, session), async move |session| respond(session.media(&key?).await))
    }

    /// `set-name`.
    pub fn rename(&self, options: JsValue, session: &str, name: String) -> Promise {
        with_session(self.session(options, session), async move |session| respond(session.rename(name).await))
    }

    /// `set-hook`; an empty text removes the hook.
    #[wasm_bindgen(js_name = setHook)]
    pub fn set_hook(&self, options: JsValue, session: &str, callback: String) -> Promise {
        with_session(self.session(options, session), async move |session| {
            respond(session.set_hook(callback).await)
        })
    }

    /// `session-delete`.
    pub fn delete(&self, options: JsValue, session: &str) -> Promise {
        with_session(self.session(options, session), async move |session| respond(session.delete().await))
    }

    /// `sessions-get` for one session.
    pub fn info(&self, options: JsValue, session: &str) -> Promise {
        with_session(self.session(options, session), async move |session| respond(session.info().await))
    }

    /// `sessions-get` again and again until the session is ready.
    #[wasm_bindgen(js_name = waitUntilReady)]
    pub fn wait_until_ready(
        &self,
        options: JsValue,
        session: &str,
        deadline_ms: Option<u32>,
        interval_ms: Option<u32>,
        on_change: Function,
    ) -> Promise {
        let default = WaitOptions::default();
        let wait = WaitOptions::default()
            .with_deadline(milliseconds(deadline_ms, default.deadline))
            .with_interval(milliseconds(interval_ms, default.interval));
        with_session(self.session(options, session), async move |session| {
            let on_change = |info: &whatsgate_model::Session| {
                // The function catches what the caller's own throws.
                let _ = on_change.call1(&JsValue::UNDEFINED, &json(info).into());
            };
            respond(session.wait_until_ready(&wait, on_change).await)
        })
    }

    /// `session-create`.
    #[wasm_bindgen(js_name = createSession)]
    pub fn create_session(
        &self,
        options: JsValue,
        name: &str,
        callback: Option<String>,
        pairing_number: Option<String>,
    ) -> Promise {
        let client = self.client(options);
        let mut request = SessionCreateRequest::new(name);
        request.callback = callback;
        let number =
            pairing_number.map(|number| check("pairingNumber", PhoneNumber::new(number))).transpose();
        promise(async move {
            if let Some(number) = number? {
                request = request.with_pairing_code(number);
            }
            respond(client.create_session(&request).await)
        })
    }

    /// One page of `sessions-get`.
    #[wasm_bindgen(js_name = sessionsPage)]
    pub fn sessions_page(&self, options: JsValue, filter: &str) -> Promise {
        let (client, filter) = (self.client(options), session_filter(filter));
        promise(async move {
            respond(client.sessions_page(&filter?).await.map(PageView::<whatsgate_model::Session>::new))
        })
    }

    /// All pages of `sessions-get`.
    ///
    /// # Errors
    /// A `WhatsgateError` of kind `invalidRequest`.
    pub fn sessions(&self, options: JsValue, filter: &str) -> Result<Stream, JsValue> {
        Ok(Stream::new(self.client(options).sessions(session_filter(filter)?), std::convert::identity))
    }

    /// One page of `events-get`.
    #[wasm_bindgen(js_name = eventsPage)]
    pub fn events_page(&self, options: JsValue, filter: &str) -> Promise {
        let (client, filter) = (self.client(options), event_filter(filter));
        promise(async move { respond(client.events_page(&filter?).await.map(PageView::<EventView>::new)) })
    }

    /// All pages of `events-get`.
    ///
    /// # Errors
    /// A `WhatsgateError` of kind `invalidRequest`.
    pub fn events(&self, options: JsValue, filter: &str) -> Result<Stream, JsValue> {
        Ok(Stream::new(self.client(options).events(event_filter(filter)?), EventView::from))
    }

    /// All pages of `events-get`, again and again.
    ///
    /// # Errors
    /// A `WhatsgateError` of kind `invalidRequest`.
    #[wasm_bindgen(js_name = followEvents)]
    pub fn follow_events(&self, options: JsValue, filter: &str, interval_ms: u32) -> Result<Stream, JsValue> {
        let interval = Duration::from_millis(interval_ms.into());
        Ok(Stream::new(self.client(options).follow_events(event_filter(filter)?, interval), EventView::from))
    }
}
