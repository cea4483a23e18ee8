//! What becomes a value of JavaScript: results, lists, pages and streams.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream::LocalBoxStream;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use whatsgate_core::Error;
use whatsgate_model::{List, Message, Page, SendResult, Unreadable};

use crate::error::failed;
use crate::fetch::FetchError;

type Outcome = Result<JsValue, JsValue>;

/// The result of a command, or a `WhatsgateError`.
pub(crate) fn result(result: Result<JsValue, Error<FetchError>>) -> Outcome {
    result.map_err(|error| failed(&error))
}

#[wasm_bindgen]
extern "C" {
    /// A promise that JavaScript made, which it can also end by itself.
    pub type Waiting;

    #[wasm_bindgen(method)]
    fn resolve(this: &Waiting, value: JsValue);
    #[wasm_bindgen(method)]
    fn reject(this: &Waiting, error: JsValue);
}

/// Runs a future; boxed, so that the machinery around it exists once and not for every command.
pub(crate) fn run(waiting: Waiting, future: impl Future<Output = Outcome> + 'static) {
    let future: Pin<Box<dyn Future<Output = Outcome>>> = Box::pin(future);
    spawn_local(async move {
        match future.await {
            Ok(value) => waiting.resolve(value),
            Err(error) => waiting.reject(error),
        }
    });
}

/// What became of a message.
#[derive(Serialize)]
pub(crate) struct SentView {
    queued: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Box<Message>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
}

impl From<SendResult> for SentView {
    fn from(result: SendResult) -> Self {
        let queued = result.message().is_none();
        match result {
            SendResult::Sent(message) => Self { queued, message: Some(message), reply: None },
            SendResult::Queued(word) => Self { queued, message: None, reply: Some(word) },
            _ => Self { queued, message: None, reply: None },
        }
    }
}

/// A list with what could not be read.
#[derive(Serialize)]
pub(crate) struct ListView<T> {
    items: Vec<T>,
    unreadable: Vec<UnreadableView>,
}

/// An element that could not be read; the JSON it came as stays text.
#[derive(Serialize)]
struct UnreadableView {
    index: usize,
    raw: String,
    reason: String,
}

impl From<Unreadable> for UnreadableView {
    fn from(element: Unreadable) -> Self {
        Self { index: element.index, raw: element.raw.as_str().to_owned(), reason: element.reason }
    }
}

impl<T> From<List<T>> for ListView<T> {
    fn from(list: List<T>) -> Self {
        Self { items: list.items, unreadable: list.unreadable.into_iter().map(Into::into).collect() }
    }
}

/// A page with what could not be read.
#[derive(Serialize)]
pub(crate) struct PageView<T> {
    pages: Option<u32>,
    elements: Option<u32>,
    page: Option<u32>,
    #[serde(flatten)]
    list: ListView<T>,
}

impl<T> PageView<T> {
    pub(crate) fn new<I: Into<T>>(page: Page<I>) -> Self {
        Self {
            pages: page.pages,
            elements: page.elements,
            page: page.page,
            list: ListView {
                items: page.data.items.into_iter().map(Into::into).collect(),
                unreadable: page.data.unreadable.into_iter().map(Into::into).collect(),
            },
        }
    }
}

type Elements = LocalBoxStream<'static, Outcome>;

/// A list that comes element by element. JavaScript wraps it into an async iterator.
#[wasm_bindgen]
pub struct Stream(Rc<RefCell<Option<Elements>>>);

impl Stream {
    pub(crate) fn new<T: 'static>(
        stream: impl futures_util::Stream<Item = Result<T, Error<FetchError>>> + 'static,
        view: fn(T) -> JsValue,
    ) -> Self {
        let elements = stream.map(move |element| result(element.map(view)));
        Self(Rc::new(RefCell::new(Some(elements.boxed_local()))))
    }
}

#[wasm_bindgen]
impl Stream {
    /// The next element, or `undefined` at the end.
    pub fn next(&self, waiting: Waiting) {
        let cell = Rc::clone(&self.0);
        run(waiting, async move {
            // Taken out while it runs: a second call meanwhile finds nothing instead of a borrowed cell.
            let Some(mut elements) = cell.take() else { return Ok(JsValue::UNDEFINED) };
            let element = elements.next().await;
            if element.is_some() {
                cell.replace(Some(elements));
            }
            element.unwrap_or(Ok(JsValue::UNDEFINED))
        });
    }
}
