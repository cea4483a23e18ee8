//! What the durable layer warns of, in the form of notes.

use std::fmt::{self, Write as _};

use jiff::Timestamp;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::secret::Secret;
use crate::text;

/// What is shown of a program that handles events, if nobody asks for more.
pub(crate) const FILTER: &str =
    "off,whatsgate_durable=warn,whatsgate_store=warn,whatsgate_serve=warn,whatsgate_relay=warn";
/// What is shown of it in JSON if somebody does: a line for each call as well.
pub(crate) const MORE: &str =
    "off,whatsgate_durable=info,whatsgate_store=info,whatsgate_serve=info,whatsgate_relay=info";

/// Writes each warning as a note, as `Output::note` does.
pub(crate) struct Notes {
    pub(crate) json: bool,
    pub(crate) secret: Secret,
}

impl<S, N> FormatEvent<S, N> for Notes
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut said = Said::default();
        event.record(&mut said);
        let Said { mut message, error, others } = said;
        if let Some(error) = error {
            let _ = write!(message, ": {error}");
        }
        if self.json {
            let mut members = json!({
                "message": self.secret.hide(&message),
                "level": event.metadata().level().as_str().to_ascii_lowercase(),
                "time": Timestamp::now().to_string(),
            });
            for (name, value) in others {
                members[name] = value;
            }
            return writeln!(writer, "{}", text::document(&json!({ "note": members }).to_string()));
        }
        if !others.is_empty() {
            let shown = |(name, value): &(&str, Value)| match value {
                Value::String(text) => format!("{name} {text}"),
                value => format!("{name} {value}"),
            };
            let others: Vec<_> = others.iter().map(shown).collect();
            let _ = write!(message, " ({})", others.join(", "));
        }
        writeln!(writer, "note: {}", text::plain(&self.secret.hide(&message)))
    }
}

#[derive(Default)]
struct Said {
    message: String,
    error: Option<String>,
    others: Vec<(&'static str, Value)>,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.say(field, value.to_owned());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.others.push((field.name(), value.into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.others.push((field.name(), value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.others.push((field.name(), value.into()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.say(field, format!("{value:?}"));
    }
}

impl Said {
    fn say(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            "error" => self.error = Some(value),
            name => self.others.push((name, value.into())),
        }
    }
}
