//! Errors as JavaScript sees them: `WhatsgateError`.

use serde::Serialize;
use wasm_bindgen::prelude::*;
use whatsgate_core::webhook::WebhookError;
use whatsgate_core::{Error, ErrorKind, InvalidRequest, Outcome};
use whatsgate_model::InvalidValue;

use crate::fetch::FetchError;
use crate::value::json;

#[wasm_bindgen(raw_module = "./lib/error.mjs")]
extern "C" {
    #[wasm_bindgen(js_name = makeError)]
    fn make_error(details: &str, raw: Option<String>, cause: JsValue) -> JsValue;
}

/// The enumerable members of a `WhatsgateError`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    message: &'a str,
    kind: &'a str,
    outcome: &'a str,
    retryable: bool,
    advice: &'a str,
    tries: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

/// A command that failed.
pub(crate) fn failed(error: &Error<FetchError>) -> JsValue {
    let details = Details {
        message: &error.to_string(),
        kind: error.kind().as_str(),
        outcome: error.outcome().as_str(),
        retryable: error.is_retryable(),
        advice: error.advice(),
        tries: error.tries(),
        command: Some(error.command()),
        status: error.status(),
    };
    let raw = error
        .raw()
        .map(std::borrow::Cow::into_owned)
        .or_else(|| error.unreadable().map(|element| element.raw.as_str().to_owned()));
    let cause = error.transport().map_or(JsValue::UNDEFINED, |error| error.cause.clone());
    make_error(&json(&details), raw, cause)
}

/// An argument that no request can be made of.
pub(crate) fn invalid(argument: &str, why: &str) -> JsValue {
    plain(
        ErrorKind::InvalidRequest.as_str(),
        &format!("{argument}: {why}; nothing was sent"),
        "Correct the argument.",
    )
}

/// A webhook's body that is no event.
pub(crate) fn webhook(error: &WebhookError) -> JsValue {
    plain("webhook", &error.to_string(), "Pass the body of the request as it came.")
}

fn plain(kind: &str, message: &str, advice: &str) -> JsValue {
    let details = Details {
        message,
        kind,
        outcome: Outcome::NotSent.as_str(),
        retryable: false,
        advice,
        tries: 0,
        command: None,
        status: None,
    };
    make_error(&json(&details), None, JsValue::UNDEFINED)
}

/// Why a value is refused, and under which name the caller knows it.
pub(crate) trait Refused {
    fn refused(self, argument: &str) -> JsValue;
}

impl Refused for InvalidValue {
    fn refused(self, argument: &str) -> JsValue {
        invalid(argument, &self.to_string())
    }
}

impl Refused for InvalidRequest {
    fn refused(self, argument: &str) -> JsValue {
        invalid(argument, &self.to_string())
    }
}
