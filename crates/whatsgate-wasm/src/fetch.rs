//! The transport: `fetch`, or whatever function the caller gives for it.

use std::fmt;
use std::time::Duration;

use js_sys::Array;
use wasm_bindgen::prelude::*;
use whatsgate_core::{
    Body, Platform, ReplyLimits, Request, Response, Transport, TransportError, TransportFailure, Weight,
};

use crate::answer::Pending;

#[wasm_bindgen(raw_module = "./lib/transport.mjs")]
extern "C" {
    /// What one call of a method has for the transport: its signal, its time limit, the settings of its client.
    #[derive(Clone)]
    pub type Call;

    /// What was thrown, once a request has failed.
    #[wasm_bindgen(method, getter)]
    fn cause(this: &Call) -> JsValue;

    #[allow(clippy::too_many_arguments, reason = "JavaScript is given them one by one")]
    fn post(
        url: &str,
        headers: &Array,
        body: &[u8],
        media: bool,
        most: u32,
        most_of_error: u32,
        call: &Call,
        id: u32,
    );

    #[wasm_bindgen(js_name = postFile)]
    #[allow(clippy::too_many_arguments, reason = "JavaScript is given them one by one")]
    fn post_file(
        url: &str,
        headers: &Array,
        prefix: &[u8],
        file: &File,
        suffix: &[u8],
        most: u32,
        most_of_error: u32,
        call: &Call,
        id: u32,
    );

    fn pause(milliseconds: f64, call: &Call, id: u32);
}

#[wasm_bindgen(raw_module = "./lib/file.mjs")]
extern "C" {
    /// A file to send, which JavaScript reads.
    #[derive(Clone)]
    pub type File;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Sends over `fetch`.
pub(crate) struct Fetch {
    call: Call,
    /// The same for every request of an account, so that they are made once.
    headers: Array,
}

impl Fetch {
    pub(crate) fn new(call: Call, headers: Array) -> Self {
        Self { call, headers }
    }
}

/// What went wrong between here and the service, with the exception that told of it.
#[derive(Debug)]
pub(crate) struct FetchError {
    failure: TransportFailure,
    /// The exception.
    pub(crate) cause: JsValue,
}

impl FetchError {
    fn new(failure: &str, cause: JsValue) -> Self {
        let failure = match failure {
            "connect" => TransportFailure::Connect,
            "timeout" => TransportFailure::Timeout,
            "cancelled" => TransportFailure::Cancelled,
            "unsent" => TransportFailure::CancelledBefore,
            "invalid" => TransportFailure::Invalid,
            _ => TransportFailure::Connection,
        };
        Self { failure, cause }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fetch failed")
    }
}

impl std::error::Error for FetchError {}

impl TransportError for FetchError {
    fn failure(&self) -> TransportFailure {
        self.failure
    }
}

impl Transport for Fetch {
    type Error = FetchError;
    type Platform = Page;
    type File = File;

    async fn send(&self, request: Request<File>) -> Result<Response, FetchError> {
        let most =
            |status| u32::try_from(ReplyLimits::for_status(status, request.reply_limit)).unwrap_or(u32::MAX);
        let (most, most_of_error) = (most(200), most(500));
        let (url, headers, call) = (&request.url, &self.headers, &self.call);
        let pending = Pending::new();
        let id = pending.id();
        match &request.body {
            Body::Whole(body) => {
                post(url, headers, body, request.weight == Weight::Media, most, most_of_error, call, id);
            }
            Body::File { prefix, file, suffix } => {
                post_file(url, headers, prefix, file, suffix, most, most_of_error, call, id);
            }
        }
        let answer = pending.await;
        if let Some(failure) = answer.failure {
            return Err(FetchError::new(&failure, call.cause()));
        }
        let retry_after = answer.retry_after.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        // A browser shows the header to pages of other origins only if the service allows it.
        #[allow(clippy::cast_possible_truncation)]
        let date = (!answer.date.is_nan()).then_some((answer.date / 1000.0) as i64);
        let cut = answer.cut.map(|limit| limit as usize);
        Ok(Response::new(answer.status, answer.body.unwrap_or_default())
            .with_retry_after(retry_after)
            .with_date(date)
            .with_cut(cut))
    }
}

/// The clocks, timers and random numbers of JavaScript; a wait ends with the signal of the call.
pub(crate) struct Page(pub(crate) Call);

impl Platform for Page {
    async fn sleep(&self, duration: Duration) {
        // An abort only ends the wait; the next request tells of it.
        let pending = Pending::new();
        pause(duration.as_secs_f64() * 1000.0, &self.0, pending.id());
        pending.await;
    }

    fn now(&self) -> Duration {
        Duration::try_from_secs_f64(now() / 1000.0).unwrap_or_default()
    }

    fn wall_clock(&self) -> Duration {
        Duration::try_from_secs_f64(js_sys::Date::now() / 1000.0).unwrap_or_default()
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }
}
