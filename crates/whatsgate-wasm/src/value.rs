//! What becomes a value of JavaScript: promises, lists, pages and streams.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream::LocalBoxStream;
use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use whatsgate_core::Error;
use whatsgate_model::{List, Page, Unreadable};

use crate::error::failed;
use crate::fetch::FetchError;

type Outcome = Result<JsValue, JsValue>;

/// The result of a command: JSON text or a `WhatsgateError`.
pub(crate) fn result(result: Result<String, Error<FetchError>>) -> Outcome {
    result.map(JsValue::from).map_err(|error| failed(&error))
}

/// Runs a future; boxed, so that the machinery around it exists once and not for every command.
pub(crate) fn promise(future: impl Future<Output = Outcome> + 'static) -> Promise {
    let future: Pin<Box<dyn Future<Output = Outcome>>> = Box::pin(future);
    future_to_promise(future)
}

/// A list with what could not be read.
#[derive(Serialize)]
pub(crate) struct ListView<T> {
    items: Vec<T>,
    unreadable: Vec<Unreadable>,
}

impl<T> From<List<T>> for ListView<T> {
    fn from(list: List<T>) -> Self {
        Self { items: list.items, unreadable: list.unreadable }
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
                unreadable: page.data.unreadable,
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
        view: fn(T) -> String,
    ) -> Self {
        let elements = stream.map(move |element| result(element.map(view)));
        Self(Rc::new(RefCell::new(Some(elements.boxed_local()))))
    }
}

#[wasm_bindgen]
impl Stream {
    /// The next element as JSON text, or `undefined` at the end.
    pub fn next(&self) -> Promise {
        let cell = Rc::clone(&self.0);
        promise(async move {
            // Taken out while it runs: a second call meanwhile finds nothing instead of a borrowed cell.
            let Some(mut elements) = cell.take() else { return Ok(JsValue::UNDEFINED) };
            let element = elements.next().await;
            if element.is_some() {
                cell.replace(Some(elements));
            }
            element.unwrap_or(Ok(JsValue::UNDEFINED))
        })
    }
}
