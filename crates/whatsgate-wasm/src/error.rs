//! Errors as JavaScript sees them: `WhatsgateError`.

use wasm_bindgen::prelude::*;
use whatsgate_core::webhook::WebhookError;
use whatsgate_core::{Error, ErrorKind, Failure, InvalidRequest};
use whatsgate_model::InvalidValue;

use crate::fetch::FetchError;
use crate::object::object;

#[wasm_bindgen(raw_module = "./lib/error.mjs")]
extern "C" {
    #[wasm_bindgen(js_name = makeError)]
    fn make_error(failure: JsValue, advice: &str, raw: Option<String>, cause: JsValue) -> JsValue;
}

/// A command that failed.
pub(crate) fn failed(error: &Error<FetchError>) -> JsValue {
    let raw = error
        .raw()
        .map(std::borrow::Cow::into_owned)
        .or_else(|| error.unreadable().map(|element| element.raw.as_str().to_owned()));
    let cause = error.transport().map_or(JsValue::UNDEFINED, |error| error.cause.clone());
    thrown(error.failure(), raw, cause)
}

/// An argument that no request can be made of.
pub(crate) fn invalid(argument: &str, why: &str) -> JsValue {
    local(ErrorKind::InvalidRequest, format!("{argument}: {why}; nothing was sent"))
}

/// A webhook's body that does not hold an event.
pub(crate) fn webhook(error: &WebhookError) -> JsValue {
    local(ErrorKind::Webhook, error.to_string())
}

fn local(kind: ErrorKind, message: String) -> JsValue {
    thrown(&Failure::local(kind, message), None, JsValue::UNDEFINED)
}

fn thrown(failure: &Failure, raw: Option<String>, cause: JsValue) -> JsValue {
    make_error(object(failure), failure.advice(), raw, cause)
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
