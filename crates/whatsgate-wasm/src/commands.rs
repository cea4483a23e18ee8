//! The commands, one method each. JavaScript's own classes stand in front of them.

use std::time::Duration;

use js_sys::{Function, Promise};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use whatsgate_core::media::FileSend;
use whatsgate_core::{
    ApiKey, BadResponse, BaseUrl, Client, Command, Prepared, ReplyLimits, Response, RetryPolicy, WaitOptions,
    parse,
};
use whatsgate_model as model;
use whatsgate_model::Reply;

use crate::argument::{check, event_filter, file, message, read, recipient, session_filter, session_id};
use crate::error::failed;
use crate::events::EventView;
use crate::fetch::{Fetch, File, Page};
use crate::json::json;
use crate::value::{ListView, PageView, Stream, promise, result};

/// The commands of an account of the gateway.
///
/// Every method takes the options of the call for the transport first. Arguments with members and all results are JSON
/// text. A mistake in an argument is thrown as a `WhatsgateError` of kind `invalidRequest`; all other errors come in the
/// promise.
#[wasm_bindgen]
pub struct Commands {
    base_url: BaseUrl,
    key: ApiKey,
    retry: RetryPolicy,
    limits: ReplyLimits,
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

impl Commands {
    // A client of its own for every call, which outlives this object if that is freed meanwhile.
    fn client(&self, options: JsValue) -> Client<Fetch> {
        let page = Page::new(options.clone());
        Client::new(Fetch::new(options), page, self.base_url.clone(), self.key.clone())
            .with_retry(self.retry.clone())
            .with_reply_limits(self.limits)
    }

    /// Carries out a command; JavaScript gets its output as JSON.
    fn run<C: Command<Reply: Reply<Output: Serialize>>>(
        &self,
        options: JsValue,
        command: &C,
    ) -> Result<Promise, JsValue> {
        self.run_to(options, command, |response| output::<C, _>(response, |output| output))
    }

    /// Carries out a command; `read` makes of its response the JSON that JavaScript gets.
    fn run_to<C: Command>(
        &self,
        options: JsValue,
        command: &C,
        read: fn(Response) -> Result<String, BadResponse>,
    ) -> Result<Promise, JsValue> {
        let client = self.client(options);
        let prepared = client.prepare(command).map_err(|error| failed(&error))?;
        Ok(exchange(client, prepared, read))
    }
}

/// The part of a command that does not depend on its type.
fn exchange(
    client: Client<Fetch>,
    prepared: Prepared<File>,
    read: fn(Response) -> Result<String, BadResponse>,
) -> Promise {
    promise(async move { result(client.exchange(prepared, read).await) })
}

/// Reads a reply and shows what is of use in it as JSON.
fn output<C: Command, V: Serialize>(
    response: Response,
    view: impl Fn(<C::Reply as Reply>::Output) -> V,
) -> Result<String, BadResponse> {
    parse::<C>(response).map(|answer| json(&view(answer.reply.into_output())))
}

fn sent(response: Response) -> Result<String, BadResponse> {
    output::<model::SendRequest, _>(response, |result| result)
}

#[wasm_bindgen]
#[allow(clippy::missing_errors_doc, reason = "they all fail as the type says")]
impl Commands {
    /// The commands of the account with this key at `base_url`, a URL or `ru` or `org`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        api_key: &str,
        base_url: &str,
        retry: &str,
        small: Option<u32>,
        list: Option<u32>,
        file: Option<u32>,
    ) -> Result<Commands, JsValue> {
        let key = check("apiKey", ApiKey::new(api_key))?;
        let base_url = check("baseUrl", base_url.parse::<BaseUrl>())?;
        let retry = read::<Retry>("retry", retry)?.policy();
        let mut limits = ReplyLimits::default();
        for (limit, given) in [(&mut limits.small, small), (&mut limits.list, list), (&mut limits.file, file)]
        {
            *limit = given.map_or(*limit, |bytes| bytes as usize);
        }
        Ok(Self { base_url, key, retry, limits })
    }

    /// `send`.
    pub fn send(
        &self,
        options: JsValue,
        session: &str,
        to: &str,
        outgoing: &str,
        asynchronous: bool,
    ) -> Result<Promise, JsValue> {
        let command = model::SendRequest::new(session_id(session)?, recipient(to)?, message(outgoing)?)
            .with_async(asynchronous);
        self.run(options, &command)
    }

    /// `send` with a file of which nothing but its beginning is read yet.
    #[wasm_bindgen(js_name = sendFile)]
    #[allow(clippy::too_many_arguments, reason = "they come one by one from JavaScript")]
    pub fn send_file(
        &self,
        options: JsValue,
        session: &str,
        to: &str,
        content: File,
        details: &str,
        head: &[u8],
        asynchronous: bool,
    ) -> Result<Promise, JsValue> {
        let (described, quote) = file(details, head)?;
        let mut send =
            FileSend::new(session_id(session)?, recipient(to)?, described).with_async(asynchronous);
        send.quote = quote;
        let client = self.client(options);
        let prepared = client.prepare_file(&send, content).map_err(|error| failed(&error))?;
        Ok(exchange(client, prepared, sent))
    }

    /// `seen`.
    pub fn seen(&self, options: JsValue, session: &str, to: &str) -> Result<Promise, JsValue> {
        self.run(options, &model::SeenRequest::new(session_id(session)?, recipient(to)?))
    }

    /// `typing`.
    pub fn typing(&self, options: JsValue, session: &str, to: &str) -> Result<Promise, JsValue> {
        self.run(options, &model::TypingRequest::new(session_id(session)?, recipient(to)?))
    }

    /// `check`.
    pub fn check(&self, options: JsValue, session: &str, number: &str) -> Result<Promise, JsValue> {
        let command =
            model::CheckRequest::new(session_id(session)?, check("number", model::PhoneNumber::new(number))?);
        self.run(options, &command)
    }

    /// `get-chats`.
    pub fn chats(&self, options: JsValue, session: &str) -> Result<Promise, JsValue> {
        let command = model::GetChatsRequest::new(session_id(session)?);
        self.run_to(options, &command, |response| {
            output::<model::GetChatsRequest, _>(response, ListView::from)
        })
    }

    /// `get-messagemedia`.
    #[wasm_bindgen(js_name = messageMedia)]
    pub fn message_media(&self, options: JsValue, session: &str, message: &str) -> Result<Promise, JsValue> {
        let message = check("message", model::MessageId::new(message))?;
        let command = model::GetMessageMediaRequest::new(session_id(session)?, message);
        self.run(options, &command)
    }

    /// `get-media`.
    pub fn media(&self, options: JsValue, session: &str, key: &str) -> Result<Promise, JsValue> {
        let command =
            model::GetMediaRequest::new(session_id(session)?, check("key", model::MediaKey::new(key))?);
        self.run(options, &command)
    }

    /// `set-name`.
    pub fn rename(&self, options: JsValue, session: &str, name: &str) -> Result<Promise, JsValue> {
        self.run(options, &model::SetNameRequest::new(session_id(session)?, name))
    }

    /// `set-hook`; an empty text removes the hook.
    #[wasm_bindgen(js_name = setHook)]
    pub fn set_hook(&self, options: JsValue, session: &str, callback: &str) -> Result<Promise, JsValue> {
        self.run(options, &model::SetHookRequest::new(session_id(session)?, callback))
    }

    /// `session-delete`.
    pub fn delete(&self, options: JsValue, session: &str) -> Result<Promise, JsValue> {
        self.run(options, &model::SessionDeleteRequest::new(session_id(session)?))
    }

    /// `session-create`.
    #[wasm_bindgen(js_name = createSession)]
    pub fn create_session(
        &self,
        options: JsValue,
        name: &str,
        callback: Option<String>,
        pairing_number: Option<String>,
    ) -> Result<Promise, JsValue> {
        let mut command = model::SessionCreateRequest::new(name);
        command.callback = callback;
        if let Some(number) = pairing_number {
            command = command.with_pairing_code(check("pairingNumber", model::PhoneNumber::new(number))?);
        }
        self.run(options, &command)
    }

    /// One page of `sessions-get`.
    #[wasm_bindgen(js_name = sessionsPage)]
    pub fn sessions_page(&self, options: JsValue, filter: &str) -> Result<Promise, JsValue> {
        self.run_to(options, &session_filter(filter)?, |response| {
            output::<model::SessionsGetRequest, _>(response, PageView::<model::SessionInfo>::new)
        })
    }

    /// One page of `events-get`.
    #[wasm_bindgen(js_name = eventsPage)]
    pub fn events_page(&self, options: JsValue, filter: &str) -> Result<Promise, JsValue> {
        self.run_to(options, &event_filter(filter)?, |response| {
            output::<model::EventsGetRequest, _>(response, PageView::<EventView>::new)
        })
    }

    /// `sessions-get` for one session.
    pub fn info(&self, options: JsValue, session: &str) -> Result<Promise, JsValue> {
        let session = self.client(options).session(session_id(session)?);
        Ok(promise(async move { result(session.info().await.map(|info| json(&info))) }))
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
    ) -> Result<Promise, JsValue> {
        let default = WaitOptions::default();
        let wait = WaitOptions::default()
            .with_deadline(milliseconds(deadline_ms, default.deadline))
            .with_interval(milliseconds(interval_ms, default.interval));
        let session = self.client(options).session(session_id(session)?);
        Ok(promise(async move {
            let on_change = |info: &model::SessionInfo| {
                // The function catches what the caller's own throws.
                let _ = on_change.call1(&JsValue::UNDEFINED, &json(info).into());
            };
            result(session.wait_until_ready(wait, on_change).await.map(|info| json(&info)))
        }))
    }

    /// All pages of `sessions-get`.
    pub fn sessions(&self, options: JsValue, filter: &str) -> Result<Stream, JsValue> {
        Ok(Stream::new(self.client(options).sessions(session_filter(filter)?), |session| json(&session)))
    }

    /// All pages of `events-get`.
    pub fn events(&self, options: JsValue, filter: &str) -> Result<Stream, JsValue> {
        Ok(Stream::new(self.client(options).events(event_filter(filter)?), event_json))
    }

    /// All pages of `events-get`, again and again.
    #[wasm_bindgen(js_name = followEvents)]
    pub fn follow_events(&self, options: JsValue, filter: &str, interval_ms: u32) -> Result<Stream, JsValue> {
        let interval = Duration::from_millis(interval_ms.into());
        Ok(Stream::new(self.client(options).follow_events(event_filter(filter)?, interval), event_json))
    }
}

fn event_json(event: model::Event) -> String {
    json(&EventView::from(event))
}
