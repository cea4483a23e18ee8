//! The settings that decide what the sources leave open, by name: for the admin API and the command line.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::members::Members;
use crate::settings::Settings;

/// Why settings cannot be changed in that way; begins with the name of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSetting(String);

/// The longest time, a day.
const LONGEST_MS: u64 = 24 * 3600 * 1000;

/// The zone farthest from UTC, in seconds.
const FARTHEST: i32 = 18 * 3600;

impl Settings {
    /// The settings that decide what the service's documentation leaves open, by name. Times are milliseconds; `utc_offset`
    /// is in seconds east of UTC.
    ///
    /// ```
    /// use whatsgate_sandbox::Settings;
    ///
    /// for (name, value) in Settings::default().open_questions() {
    ///     println!("{name} = {value}");
    /// }
    /// ```
    pub fn open_questions(&self) -> Map<String, Value> {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let all = json!({
            "ack_interval_ms": ms(self.ack_interval),
            "create_events": self.create_events,
            "date_filter": self.date_filter,
            "event_order": self.event_order,
            "kept_events": self.kept_events,
            "language": self.language,
            "reading": self.reading,
            "recipient_both": self.recipient_both,
            "sending_delay_ms": ms(self.sending_delay),
            "sessions_limit": self.sessions_limit,
            "text_limit": self.text_limit,
            "utc_offset": self.utc_offset,
            "webhook_interval_ms": ms(self.webhook_interval),
            "webhook_repeats": self.webhook_repeats,
            "webhook_timeout_ms": ms(self.webhook_timeout),
        });
        match all {
            Value::Object(all) => all,
            _ => Map::new(),
        }
    }

    /// Changes some of [`open_questions`](Self::open_questions), all of those named or none.
    ///
    /// ```
    /// use whatsgate_sandbox::{Reading, Settings};
    ///
    /// let mut settings = Settings::default();
    /// let changes = serde_json::from_str(r#"{"reading":"on_demand","create_events":false}"#)?;
    /// settings.decide(changes)?;
    /// assert_eq!((settings.reading, settings.create_events), (Reading::OnDemand, false));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidSetting`] for a name that is none of them, or a value that cannot be.
    pub fn decide(&mut self, changes: Map<String, Value>) -> Result<(), InvalidSetting> {
        let mut changed = self.clone();
        let null = changes.iter().find(|(_, value)| value.is_null()).map(|(name, _)| name.clone());
        changed.read(Members::new(changes)).map_err(InvalidSetting)?;
        if let Some(name) = null {
            return Err(InvalidSetting(format!("{name}: must not be null")));
        }
        *self = changed;
        Ok(())
    }

    fn read(&mut self, mut members: Members) -> Result<(), String> {
        let mut time = |name: &str, setting: &mut Duration, least: u64| {
            let ms = members.whole(name, least..=LONGEST_MS)?;
            *setting = ms.map_or(*setting, Duration::from_millis);
            Ok::<(), String>(())
        };
        time("ack_interval_ms", &mut self.ack_interval, 0)?;
        time("sending_delay_ms", &mut self.sending_delay, 0)?;
        time("webhook_interval_ms", &mut self.webhook_interval, 0)?;
        time("webhook_timeout_ms", &mut self.webhook_timeout, 1)?;
        put(&mut self.create_events, members.flag("create_events")?);
        put(&mut self.date_filter, members.parsed("date_filter")?);
        put(&mut self.event_order, members.parsed("event_order")?);
        put(&mut self.kept_events, members.whole("kept_events", 1..=usize::MAX)?);
        put(&mut self.language, members.parsed("language")?);
        put(&mut self.reading, members.parsed("reading")?);
        put(&mut self.recipient_both, members.parsed("recipient_both")?);
        put(&mut self.sessions_limit, members.whole("sessions_limit", 0..=usize::MAX)?);
        put(&mut self.text_limit, members.whole("text_limit", 1..=usize::MAX)?);
        put(&mut self.utc_offset, members.whole("utc_offset", -FARTHEST..=FARTHEST)?);
        put(&mut self.webhook_repeats, members.whole("webhook_repeats", 0..=u32::MAX)?);
        members.finish()
    }
}

fn put<T>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}
