//! The transport: `fetch`, or whatever function the caller gives for it.

use std::fmt;
use std::time::Duration;

use js_sys::Array;
use wasm_bindgen::prelude::*;
use whatsgate_core::{
    Body, Platform, ReplyLimits, Request, Response, Transport, TransportError, TransportFailure, Weight,
};

#[wasm_bindgen(raw_module = "./lib/transport.mjs")]
extern "C" {
    type Reply;

    #[wasm_bindgen(catch)]
    async fn post(
        url: &str,
        headers: Array,
        body: &[u8],
        media: bool,
        limits: &[u32],
        options: &JsValue,
    ) -> Result<Reply, JsValue>;

    #[wasm_bindgen(catch, js_name = postFile)]
    async fn post_file(
        url: &str,
        headers: Array,
        prefix: &[u8],
        file: &File,
        suffix: &[u8],
        limits: &[u32],
        options: &JsValue,
    ) -> Result<Reply, JsValue>;

    #[wasm_bindgen(catch)]
    async fn sleep(milliseconds: f64, options: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn failure(this: &Reply) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn cause(this: &Reply) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn status(this: &Reply) -> u16;
    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    fn retry_after(this: &Reply) -> Option<f64>;
    #[wasm_bindgen(method, getter)]
    fn date(this: &Reply) -> f64;
    #[wasm_bindgen(method, getter)]
    fn cut(this: &Reply) -> Option<f64>;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Reply) -> Vec<u8>;
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

/// Sends over `fetch`, with the options of one call: its signal, its time limit.
pub(crate) struct Fetch {
    options: JsValue,
}

impl Fetch {
    pub(crate) fn new(options: JsValue) -> Self {
        Self { options }
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
        let headers = Array::new();
        for (name, value) in request.headers() {
            headers.push(&Array::of2(&name.into(), &value.into()));
        }
        let most =
            |status| u32::try_from(ReplyLimits::for_status(status, request.reply_limit)).unwrap_or(u32::MAX);
        let limits = [most(200), most(500)];
        let sent = match request.body {
            Body::Whole(body) => {
                let media = request.weight == Weight::Media;
                post(&request.url, headers, &body, media, &limits, &self.options).await
            }
            Body::File { prefix, file, suffix } => {
                post_file(&request.url, headers, &prefix, &file, &suffix, &limits, &self.options).await
            }
        };
        let reply = sent.map_err(|cause| FetchError::new("connection", cause))?;
        if let Some(failure) = reply.failure() {
            return Err(FetchError::new(&failure, reply.cause()));
        }
        let retry_after = reply.retry_after().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let date = reply.date();
        // A browser shows the header to pages of other origins only if the service allows it.
        #[allow(clippy::cast_possible_truncation)]
        let date = (!date.is_nan()).then_some((date / 1000.0) as i64);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let cut = reply.cut().map(|limit| limit as usize);
        Ok(Response::new(reply.status(), reply.body())
            .with_retry_after(retry_after)
            .with_date(date)
            .with_cut(cut))
    }
}

/// The clocks, timers and random numbers of JavaScript; a wait ends with the signal of the call.
pub(crate) struct Page {
    options: JsValue,
}

impl Page {
    pub(crate) fn new(options: JsValue) -> Self {
        Self { options }
    }
}

impl Platform for Page {
    async fn sleep(&self, duration: Duration) {
        // It never fails: an abort only ends the wait, and the next request tells of it.
        let _ = sleep(duration.as_secs_f64() * 1000.0, &self.options).await;
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
