//! What the durable layer warns of, in the form of notes.

use std::fmt::{self, Write as _};

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::secret::Secret;
use crate::text;

/// What is shown of a program that handles events, if nobody asks for more.
pub(crate) const FILTER: &str = "off,whatsgate_durable=warn,whatsgate_store=warn";

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
            let mut members = json!({ "message": self.secret.hide(&message) });
            for (name, value) in others {
                members[name] = value.into();
            }
            return writeln!(writer, "{}", text::document(&json!({ "note": members }).to_string()));
        }
        if !others.is_empty() {
            let others: Vec<_> = others.iter().map(|(name, value)| format!("{name} {value}")).collect();
            let _ = write!(message, " ({})", others.join(", "));
        }
        writeln!(writer, "note: {}", text::plain(&self.secret.hide(&message)))
    }
}

#[derive(Default)]
struct Said {
    message: String,
    error: Option<String>,
    others: Vec<(&'static str, String)>,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.say(field, value.to_owned());
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
            name => self.others.push((name, value)),
        }
    }
}
