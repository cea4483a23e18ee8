//! How fast messages leave, as it is typed.

use std::time::Duration;

use clap::Args;
use whatsgate_durable::{Limits, QuietHours};

use crate::command_error::CommandError;
use crate::time_span::time_span;

const HEADING: &str = "How fast";

/// How fast a session may be.
#[derive(Debug, Args)]
pub(crate) struct LimitArgs {
    /// One message in this time, for long [default: 10s]
    #[arg(long, value_name = "DURATION", help_heading = HEADING, value_parser = time_span)]
    rate: Option<Duration>,
    /// How many may leave at once after a while without any [default: 2]
    #[arg(long, value_name = "N", help_heading = HEADING, value_parser = clap::value_parser!(u32).range(1..))]
    burst: Option<u32>,
    /// How many in any hour [default: 200]
    #[arg(long, value_name = "N", help_heading = HEADING, value_parser = clap::value_parser!(u32).range(1..))]
    hourly: Option<u32>,
    /// How many in any 24 hours [default: 1000]
    #[arg(long, value_name = "N", help_heading = HEADING, value_parser = clap::value_parser!(u32).range(1..))]
    daily: Option<u32>,
    /// When nothing leaves but what is urgent and replies, by the clock of --zone, such as 21:00-09:00
    #[arg(long, value_name = "FROM-UNTIL", help_heading = HEADING, requires = "zone")]
    quiet: Option<String>,
    /// Whose clock --quiet goes by, such as Europe/Moscow
    #[arg(long, value_name = "ZONE", help_heading = HEADING, requires = "quiet")]
    zone: Option<String>,
    /// No limits at all: a number that sends much is likely to be banned
    #[arg(long, help_heading = HEADING, conflicts_with_all = ["rate", "burst", "hourly", "daily", "quiet", "zone"])]
    no_limits: bool,
}

impl LimitArgs {
    /// The limits; none if there are to be none.
    pub(crate) fn read(&self) -> Result<Option<Limits>, CommandError> {
        if self.no_limits {
            return Ok(None);
        }
        let usual = Limits::default();
        let rate = self.rate.unwrap_or(Duration::from_millis(usual.interval_ms));
        let (burst, hourly, daily) = (usual.burst, usual.hourly, usual.daily);
        let limits = usual
            .with_rate(rate, self.burst.unwrap_or(burst))
            .with_caps(self.hourly.unwrap_or(hourly), self.daily.unwrap_or(daily));
        let (Some(quiet), Some(zone)) = (&self.quiet, &self.zone) else { return Ok(Some(limits)) };
        let Some((from, until)) = quiet.split_once('-') else {
            return Err(CommandError::usage("--quiet: it must look like 21:00-09:00"));
        };
        let hours = QuietHours::new(from.trim(), until.trim(), zone.trim());
        let hours = hours.map_err(|error| CommandError::usage(format!("--quiet and --zone: {error}")))?;
        Ok(Some(limits.with_quiet_hours(hours)))
    }
}
