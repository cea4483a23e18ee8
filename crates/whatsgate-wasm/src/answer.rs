//! What JavaScript answers when something it was asked for has come to its end.
//!
//! A number stands for what is waited for. A promise instead would need two closures, each of which costs more than the
//! rest of a request does on this side.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

/// The end of a request, or of a pause.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) failure: Option<String>,
    pub(crate) status: u16,
    pub(crate) retry_after: Option<f64>,
    pub(crate) date: f64,
    pub(crate) cut: Option<u32>,
    pub(crate) body: Option<Vec<u8>>,
}

struct Place {
    id: u32,
    waker: Option<Waker>,
    answer: Option<Answer>,
}

#[derive(Default)]
struct Places {
    latest: u32,
    waiting: Vec<Place>,
}

thread_local! {
    static PLACES: RefCell<Places> = RefCell::default();
}

/// Becomes what was answered.
pub(crate) struct Pending(u32);

impl Pending {
    pub(crate) fn new() -> Self {
        PLACES.with_borrow_mut(|places| {
            places.latest = places.latest.wrapping_add(1);
            places.waiting.push(Place { id: places.latest, waker: None, answer: None });
            Self(places.latest)
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.0
    }
}

impl Future for Pending {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        PLACES.with_borrow_mut(|places| {
            let Some(place) = places.waiting.iter_mut().find(|place| place.id == self.0) else {
                return Poll::Pending;
            };
            if let Some(answer) = place.answer.take() {
                return Poll::Ready(answer);
            }
            place.waker = Some(context.waker().clone());
            Poll::Pending
        })
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        PLACES.with_borrow_mut(|places| places.waiting.retain(|place| place.id != self.0));
    }
}

/// Tells how something ended. An answer that nobody waits for any more is none.
#[wasm_bindgen]
#[allow(clippy::too_many_arguments, reason = "they come one by one from JavaScript")]
pub fn answer(
    id: u32,
    failure: Option<String>,
    status: u16,
    retry_after: Option<f64>,
    date: f64,
    cut: Option<u32>,
    body: Option<Vec<u8>>,
) {
    let waker = PLACES.with_borrow_mut(|places| {
        let place = places.waiting.iter_mut().find(|place| place.id == id)?;
        place.answer = Some(Answer { failure, status, retry_after, date, cut, body });
        place.waker.take()
    });
    if let Some(waker) = waker {
        waker.wake();
    }
}
