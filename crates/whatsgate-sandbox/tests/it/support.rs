//! A gateway with a clock in the test's hand.

use std::time::Duration;

use serde_json::{Value, json};
use whatsgate_sandbox::model::{ChatId, SessionId};
use whatsgate_sandbox::{Answer, Gateway, Scan, Settings};

/// 2022-09-07 18:29:37 UTC.
pub(crate) const START: u64 = 1_662_575_377_000;

pub(crate) struct Bench {
    pub(crate) gateway: Gateway,
    pub(crate) now: u64,
    key: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Settings { scan: Scan::OnDemand, ..Settings::default() })
    }

    pub(crate) fn with(mut settings: Settings) -> Self {
        if settings.api_keys == Settings::default().api_keys {
            settings.api_keys = vec![whatsgate_canary::KEY.to_owned()];
        }
        let key = settings.api_keys[0].clone();
        Self { gateway: Gateway::new(settings), now: START, key }
    }

    /// Answers as the gateway does, whatever the status.
    pub(crate) fn ask(&mut self, command: &str, body: &Value) -> Answer {
        self.gateway.answer(command, Some(&self.key), body.to_string().as_bytes(), self.now)
    }

    /// The body of a reply that must be a success.
    pub(crate) fn ok(&mut self, command: &str, body: &Value) -> Value {
        let answer = self.ask(command, body);
        assert_eq!(answer.status, 200, "{command} {body}: {}", answer.body);
        answer.body
    }

    /// The message of a documented error of status 500.
    pub(crate) fn refused(&mut self, command: &str, body: &Value) -> String {
        let answer = self.ask(command, body);
        assert_eq!(answer.status, 500, "{command} {body}: {}", answer.body);
        let members: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
        assert_eq!(members, ["code", "message", "name"]);
        answer.body["message"].as_str().unwrap().to_owned()
    }

    pub(crate) fn ready(&mut self) -> SessionId {
        self.gateway.ready_session("Shop", self.now)
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += u64::try_from(time.as_millis()).unwrap();
        self.gateway.advance(self.now);
    }

    /// The events of this action, oldest first, as `events-get` lists them.
    pub(crate) fn events(&mut self, action: &str) -> Vec<Value> {
        let body = self.ok("events-get", &json!({ "action": action, "page_cnt": 100 }));
        body["data"].as_array().unwrap().clone()
    }
}

pub(crate) fn chat(id: &str) -> ChatId {
    ChatId::new(id).unwrap()
}

/// A picture of one pixel.
pub(crate) const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgaPj/HwAEggJ/59habAAAAABJRU5ErkJggg==";
