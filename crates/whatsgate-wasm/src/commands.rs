//! The commands, one method each. JavaScript's own classes stand in front of them.

use std::time::Duration;

use js_sys::{Array, Function};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use whatsgate_core::media::FileSend;
use whatsgate_core::{
    ApiKey, BadResponse, BaseUrl, Client, Command, Prepared, ReplyLimits, Request, Response, RetryPolicy,
    WaitOptions, parse,
};
use whatsgate_model as model;
use whatsgate_model::Reply;

use crate::argument::{Members, check, event_filter, file, message, recipient, session_filter, session_id};
use crate::error::failed;
use crate::events::EventView;
use crate::fetch::{Call, Fetch, File, Page};
use crate::object::object;
use crate::value::{ListView, PageView, SentView, Stream, Waiting, result, run};

/// The commands of an account of the gateway.
///
/// Every method is given the call for the transport, and those that end later before it what waits for them. Arguments with
/// members are JSON text: a deserializer of JavaScript's values is 14 kB more, and its errors repeat them. Results are values
/// of JavaScript. A mistake in an argument is thrown as a `WhatsgateError` of kind `invalidRequest`; all other errors are told
/// to what waits.
#[wasm_bindgen]
pub struct Commands {
    base_url: BaseUrl,
    key: ApiKey,
    headers: Array,
    retry: RetryPolicy,
    limits: ReplyLimits,
}

fn milliseconds(value: Option<u32>, default: Duration) -> Duration {
    value.map_or(default, |value| Duration::from_millis(value.into()))
}

fn retry_policy(members: &Members<'_>) -> Result<RetryPolicy, JsValue> {
    let default = RetryPolicy::default();
    let pause = |name, default| members.number(name).map(|given| milliseconds(given, default));
    Ok(RetryPolicy::default()
        .with_max_tries(members.number("maxTries")?.unwrap_or(default.max_tries))
        .with_pauses(
            pause("firstPauseMs", default.first_pause)?,
            pause("longestPauseMs", default.longest_pause)?,
        )
        .with_deadline(pause("deadlineMs", default.deadline)?))
}

impl Commands {
    // A client of its own for every call, which outlives this object if that is freed meanwhile.
    fn client(&self, call: Call) -> Client<Fetch> {
        let page = Page(call.clone());
        let fetch = Fetch::new(call, self.headers.clone());
        Client::new(fetch, page, self.base_url.clone(), self.key.clone())
            .with_retry(self.retry.clone())
            .with_reply_limits(self.limits)
    }

    /// Carries out a command; JavaScript gets its output.
    fn run<C: Command<Reply: Reply<Output: Serialize>>>(
        &self,
        waiting: Waiting,
        call: Call,
        command: &C,
    ) -> Result<(), JsValue> {
        self.run_to(waiting, call, command, |response| output::<C, _>(response, |output| output))
    }

    /// Carries out a command; `read` makes of its response what JavaScript gets.
    fn run_to<C: Command>(
        &self,
        waiting: Waiting,
        call: Call,
        command: &C,
        read: Read,
    ) -> Result<(), JsValue> {
        let client = self.client(call);
        let prepared = client.prepare(command).map_err(|error| failed(&error))?;
        exchange(waiting, client, prepared, read);
        Ok(())
    }
}

type Read = fn(Response) -> Result<JsValue, BadResponse>;

/// The part of a command that does not depend on its type.
fn exchange(waiting: Waiting, client: Client<Fetch>, prepared: Prepared<File>, read: Read) {
    run(waiting, async move { result(client.exchange(prepared, read).await) });
}

/// Reads a reply and shows what is of use in it.
fn output<C: Command, V: Serialize>(
    response: Response,
    view: impl Fn(<C::Reply as Reply>::Output) -> V,
) -> Result<JsValue, BadResponse> {
    parse::<C>(response).map(|answer| object(&view(answer.reply.into_output())))
}

fn sent(response: Response) -> Result<JsValue, BadResponse> {
    output::<model::SendRequest, _>(response, SentView::from)
}

#[wasm_bindgen]
#[allow(clippy::missing_errors_doc, reason = "they all fail as the type says")]
impl Commands {
    /// The commands of the account with the key `apiKey` at `baseUrl`, a URL or `ru` or `org`. Beside them may stand what is
    /// said of tries, and how many bytes replies may have.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str) -> Result<Commands, JsValue> {
        let members = Members::new("options", settings);
        let key = check("apiKey", ApiKey::new(members.text("apiKey")?.unwrap_or_default()))?;
        let base_url = members.text("baseUrl")?.unwrap_or_default();
        let base_url = check("baseUrl", base_url.parse::<BaseUrl>())?;
        let retry = retry_policy(&members)?;
        let mut limits = ReplyLimits::default();
        for (limit, name) in
            [(&mut limits.small, "small"), (&mut limits.list, "list"), (&mut limits.file, "file")]
        {
            *limit = members.number(name)?.map_or(*limit, |bytes| bytes as usize);
        }
        let headers = Array::new();
        for (name, value) in Request::headers_with(&key) {
            headers.push(&Array::of2(&name.into(), &value.into()));
        }
        Ok(Self { base_url, key, headers, retry, limits })
    }

    /// `send`.
    pub fn send(&self, waiting: Waiting, call: Call, what: &str, asynchronous: bool) -> Result<(), JsValue> {
        let members = Members::new("send", what);
        let command = model::SendRequest::new(
            members.session()?,
            recipient(members.raw("recipient"))?,
            message(members.raw("message"))?,
        );
        self.run_to(waiting, call, &command.with_async(asynchronous), sent)
    }

    /// `send` with a file of which nothing but its beginning is read yet.
    #[wasm_bindgen(js_name = sendFile)]
    pub fn send_file(
        &self,
        waiting: Waiting,
        call: Call,
        content: File,
        details: &str,
        head: &[u8],
        asynchronous: bool,
    ) -> Result<(), JsValue> {
        let members = Members::new("file", details);
        let (described, quote) = file(&members, head)?;
        let mut send = FileSend::new(members.session()?, recipient(members.raw("recipient"))?, described)
            .with_async(asynchronous);
        send.quote = quote;
        let client = self.client(call);
        let prepared = client.prepare_file(&send, content).map_err(|error| failed(&error))?;
        exchange(waiting, client, prepared, sent);
        Ok(())
    }

    /// A command about a session with nothing or one text beside it, by its name on the wire. One function for all of
    /// them, because each that JavaScript can call weighs half a kilobyte on both sides.
    #[wasm_bindgen(js_name = onSession)]
    pub fn on_session(
        &self,
        waiting: Waiting,
        call: Call,
        command: &str,
        session: &str,
        text: &str,
    ) -> Result<(), JsValue> {
        let session = session_id(session)?;
        match command {
            "seen" => self.run(waiting, call, &model::SeenRequest::new(session, recipient(text)?)),
            "typing" => self.run(waiting, call, &model::TypingRequest::new(session, recipient(text)?)),
            "check" => {
                let number = check("number", model::PhoneNumber::new(text))?;
                self.run(waiting, call, &model::CheckRequest::new(session, number))
            }
            "get-chats" => self.run_to(waiting, call, &model::GetChatsRequest::new(session), |response| {
                output::<model::GetChatsRequest, _>(response, ListView::from)
            }),
            "get-messagemedia" => {
                let message = check("message", model::MessageId::new(text))?;
                self.run(waiting, call, &model::GetMessageMediaRequest::new(session, message))
            }
            "get-media" => {
                let key = check("key", model::MediaKey::new(text))?;
                self.run(waiting, call, &model::GetMediaRequest::new(session, key))
            }
            "set-name" => self.run(waiting, call, &model::SetNameRequest::new(session, text)),
            // An empty text removes the hook.
            "set-hook" => self.run(waiting, call, &model::SetHookRequest::new(session, text)),
            "session-delete" => self.run(waiting, call, &model::SessionDeleteRequest::new(session)),
            // The session itself, as `sessions-get` lists it.
            _ => {
                let session = self.client(call).session(session);
                run(waiting, async move { result(session.info().await.map(|info| object(&info))) });
                Ok(())
            }
        }
    }

    /// `session-create`.
    #[wasm_bindgen(js_name = createSession)]
    pub fn create_session(&self, waiting: Waiting, call: Call, session: &str) -> Result<(), JsValue> {
        let members = Members::new("session", session);
        let mut command = model::SessionCreateRequest::new(members.text("name")?.unwrap_or_default());
        command.callback = members.text("callback")?;
        if let Some(number) = members.text("pairingNumber")? {
            command = command.with_pairing_code(check("pairingNumber", model::PhoneNumber::new(number))?);
        }
        self.run(waiting, call, &command)
    }

    /// One page of `sessions-get`.
    #[wasm_bindgen(js_name = sessionsPage)]
    pub fn sessions_page(&self, waiting: Waiting, call: Call, filter: &str) -> Result<(), JsValue> {
        self.run_to(waiting, call, &session_filter(filter)?, |response| {
            output::<model::SessionsGetRequest, _>(response, PageView::<model::SessionInfo>::new)
        })
    }

    /// One page of `events-get`.
    #[wasm_bindgen(js_name = eventsPage)]
    pub fn events_page(&self, waiting: Waiting, call: Call, filter: &str) -> Result<(), JsValue> {
        self.run_to(waiting, call, &event_filter(filter)?, |response| {
            output::<model::EventsGetRequest, _>(response, PageView::<EventView>::new)
        })
    }

    /// `sessions-get` again and again until the session is ready.
    #[wasm_bindgen(js_name = waitUntilReady)]
    pub fn wait_until_ready(
        &self,
        waiting: Waiting,
        call: Call,
        session: &str,
        deadline_ms: Option<u32>,
        interval_ms: Option<u32>,
        on_change: Function,
    ) -> Result<(), JsValue> {
        let default = WaitOptions::default();
        let wait = WaitOptions::default()
            .with_deadline(milliseconds(deadline_ms, default.deadline))
            .with_interval(milliseconds(interval_ms, default.interval));
        let session = self.client(call).session(session_id(session)?);
        run(waiting, async move {
            let on_change = |info: &model::SessionInfo| {
                // The function catches what the caller's own throws.
                let _ = on_change.call1(&JsValue::UNDEFINED, &object(info));
            };
            result(session.wait_until_ready(wait, on_change).await.map(|info| object(&info)))
        });
        Ok(())
    }

    /// All pages of `sessions-get`.
    pub fn sessions(&self, call: Call, filter: &str) -> Result<Stream, JsValue> {
        Ok(Stream::new(self.client(call).sessions(session_filter(filter)?), |session| object(&session)))
    }

    /// All pages of `events-get`; with an interval again and again.
    pub fn events(&self, call: Call, filter: &str, interval_ms: Option<u32>) -> Result<Stream, JsValue> {
        let client = self.client(call);
        let filter = event_filter(filter)?;
        Ok(match interval_ms {
            None => Stream::new(client.events(filter), event_object),
            Some(interval) => {
                let interval = Duration::from_millis(interval.into());
                Stream::new(client.follow_events(filter, interval), event_object)
            }
        })
    }
}

fn event_object(event: model::Event) -> JsValue {
    object(&EventView::from(event))
}
