//! What several calls have in their queries.

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use whatsgate_native::model::{Chat, ChatKind, RawJson, from_json, one_c};

/// How many seconds to wait.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wait {
    #[serde(default)]
    pub(crate) wait: u64,
}

/// Whose names the gateway's objects have in the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Names {
    /// The gateway's own.
    #[default]
    #[serde(rename = "wire")]
    Wire,
    /// Those of the 1C library, nested, with dates in ISO 8601.
    #[serde(rename = "1c")]
    OneC,
}

/// The names alone.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    #[serde(default)]
    pub(crate) names: Names,
}

impl Names {
    /// An event, by the text of the store.
    pub(crate) fn event(self, text: &str) -> Box<RawValue> {
        // The gateway once wrote something that is no JSON: it is handed over as a text.
        let Ok(raw) = from_json::<RawJson>(text) else { return written(&text) };
        match self {
            Self::Wire => written(&raw),
            Self::OneC => written(&one_c::event(&raw)),
        }
    }

    /// An object that has this schema on the wire.
    pub(crate) fn object(self, schema: &str, object: &impl Serialize) -> Box<RawValue> {
        let wire = written(object);
        match self {
            Self::Wire => wire,
            Self::OneC => written(&one_c::object(schema, &wire.into())),
        }
    }

    pub(crate) fn chat(self, chat: &Chat) -> Box<RawValue> {
        let is_group = matches!(chat.kind, ChatKind::Group(_));
        self.object(if is_group { "GroupChat" } else { "ContactChat" }, chat)
    }
}

fn written(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).expect("these are texts, numbers, and JSON as it came")
}
