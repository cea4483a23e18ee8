//! Requests that are carried out at a time of their own, whatever becomes of their clients.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::keys::AccountIndex;
use crate::gateway::answer::Answer;
use crate::gateway::request::RequestBody;

/// How many answers wait for somebody who takes them; the oldest go first.
const KEPT_ANSWERS: usize = 1000;

/// A request that was taken in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LateRequest {
    pub(crate) account: AccountIndex,
    pub(crate) command: String,
    pub(crate) body: RequestBody,
}

/// Late requests by number, and the answers to those that were carried out.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct LateRequests {
    taken: u64,
    /// When each is due, its number, and the request.
    waiting: Vec<(u64, u64, LateRequest)>,
    #[serde(skip)]
    answers: BTreeMap<u64, Answer>,
}

impl LateRequests {
    /// Takes a request in and returns its number.
    pub(crate) fn add(&mut self, at: u64, request: LateRequest) -> u64 {
        self.taken += 1;
        let place = self.waiting.partition_point(|(other, _, _)| *other <= at);
        self.waiting.insert(place, (at, self.taken, request));
        self.taken
    }

    pub(crate) fn next_due(&self) -> Option<u64> {
        self.waiting.first().map(|(at, _, _)| *at)
    }

    /// Takes the request that is due first, with its number.
    pub(crate) fn take_next(&mut self) -> Option<(u64, LateRequest)> {
        if self.waiting.is_empty() {
            return None;
        }
        let (_, number, request) = self.waiting.remove(0);
        Some((number, request))
    }

    /// Keeps an answer until it is taken.
    pub(crate) fn answered(&mut self, number: u64, answer: Answer) {
        self.answers.insert(number, answer);
        if self.answers.len() > KEPT_ANSWERS {
            self.answers.pop_first();
        }
    }

    pub(crate) fn take_answer(&mut self, number: u64) -> Option<Answer> {
        self.answers.remove(&number)
    }
}
