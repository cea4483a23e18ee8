//! Recent events: doubled ones, and the zone of their dates.

use std::collections::{BTreeMap, HashSet};

use whatsgate_native::model::{Event, EventAction, WireDate};

use super::finding::{Finding, Id};

/// Zones are so many seconds apart at least.
const STEP: i64 = 15 * 60;
/// So far may a date be from a message's time and still be of its zone.
const NEAR: i64 = 120;
/// No zone is farther from UTC.
const FARTHEST: i64 = 14 * 3600 + NEAR;

/// Looks at pages of events. Pages may shift while they are read, so that only what is twice on one page is doubled.
pub(super) fn look(pages: &[Vec<Event>]) -> Vec<Finding> {
    let doubled: usize = pages.iter().map(|page| doubled(page)).sum();
    let doubled = if doubled > 0 {
        Finding::new(Id::EventsDoubled).with("count", doubled)
    } else {
        let ids: HashSet<_> = pages.iter().flatten().map(|event| event.id).collect();
        Finding::new(Id::EventsRead).with("count", ids.len())
    };
    vec![doubled, zone(pages.iter().flatten())]
}

fn doubled(events: &[Event]) -> usize {
    let mut seen = HashSet::new();
    events.iter().filter(|event| !seen.insert(event.id)).count()
}

/// Compares dates with the times of messages.
fn zone<'a>(events: impl Iterator<Item = &'a Event>) -> Finding {
    let mut zones: BTreeMap<i64, usize> = BTreeMap::new();
    let mut compared = 0;
    for event in events.filter(|event| event.action != EventAction::Ack) {
        let message = event.data.message().and_then(|message| message.timestamp);
        let date = event.date.as_ref().and_then(WireDate::unix_seconds_if_utc);
        let Some((date, sent)) = date.zip(message) else { continue };
        compared += 1;
        let ahead = date.saturating_sub(sent);
        if ahead.unsigned_abs() > FARTHEST.unsigned_abs() {
            continue;
        }
        let zone = (ahead + STEP / 2).div_euclid(STEP) * STEP;
        if (ahead - zone).abs() <= NEAR {
            *zones.entry(zone).or_default() += 1;
        }
    }
    let most = zones.iter().max_by_key(|(_, count)| **count);
    match most {
        _ if compared == 0 => Id::DatesUnchecked.into(),
        Some((0, count)) if count * 2 > compared => Id::DatesUtc.into(),
        Some((zone, count)) if count * 2 > compared => {
            let (hours, minutes) = (zone.abs() / 3600, zone.abs() / 60 % 60);
            let sign = if *zone < 0 { '-' } else { '+' };
            Finding::new(Id::DatesShifted)
                .with("offset", format!("{sign}{hours:02}:{minutes:02}"))
                .with("seconds", zone)
        }
        _ => Id::DatesMixed.into(),
    }
}

#[cfg(test)]
mod tests {
    use whatsgate_native::core::webhook::parse;

    use super::*;

    /// A message of a time, in an event of a date.
    fn event(id: i64, date: &str, timestamp: i64) -> Event {
        let text = format!(
            r#"{{"id":{id},"event_action":"message","event_date":"{date}","event_data":{{"message":{{"id":"x","timestamp":{timestamp}}}}}}}"#
        );
        parse(text.as_bytes()).unwrap()
    }

    fn found(dates: &[(&str, i64)]) -> Id {
        let events = dates.iter().zip(0..).map(|((date, timestamp), id)| event(id, date, *timestamp));
        look(&[events.collect()])[1].id
    }

    #[test]
    fn the_zone_is_that_of_most_dates() {
        // 2026-01-31 10:20:30
        const TIME: i64 = 1_769_854_830;
        let (utc, moscow) = ("2026-01-31 10:20:31", "2026-01-31 13:20:30");
        assert_eq!(found(&[]), Id::DatesUnchecked);
        assert_eq!(found(&[(utc, TIME)]), Id::DatesUtc);
        assert_eq!(found(&[(moscow, TIME)]), Id::DatesShifted);
        // One of a phone that was offline changes nothing.
        assert_eq!(found(&[(utc, TIME), (utc, TIME), (utc, TIME - 10_000)]), Id::DatesUtc);
        assert_eq!(found(&[(utc, TIME), (moscow, TIME)]), Id::DatesMixed);
        for far in [i64::MIN, i64::MAX, 0] {
            assert_eq!(found(&[("0000-01-01 00:00:00", far)]), Id::DatesMixed, "{far}");
        }
    }

    #[test]
    fn what_is_on_two_pages_is_not_doubled() {
        let page = || vec![event(1, "2026-01-31 10:20:31", 0)];
        assert_eq!(look(&[page(), page()])[0].id, Id::EventsRead);
        assert_eq!(look(&[[page(), page()].concat()])[0].id, Id::EventsDoubled);
    }
}
