//! What holds of recorded starts, and that each rule is missed.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// A time of the clock to begin with: 2026-11-28 in the morning.
const BEGIN: Millis = 1_795_850_000_000;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Without what only makes starts later.
fn bare() -> Limits {
    Limits::default().with_jitter(0).with_ramp(Duration::ZERO, 1)
}

fn connected() -> Pace {
    let mut pace = Pace::new();
    pace.connected(BEGIN - DAY);
    pace
}

/// The first window of these starts that holds too many, in words.
fn exceeded(limits: &Limits, starts: &[Millis]) -> Option<String> {
    if !starts.is_sorted() {
        return Some("time went back".to_owned());
    }
    for (cap, window) in [(limits.hourly, HOUR), (limits.daily, DAY)] {
        for pair in starts.windows(cap as usize + 1) {
            if pair[cap as usize] - pair[0] < window {
                return Some(format!("more than {cap} within {window} ms from {}", pair[0]));
            }
        }
    }
    let interval = limits.interval();
    for (first, from) in starts.iter().enumerate() {
        for (last, until) in starts.iter().enumerate().skip(first) {
            let allowed =
                (until - from).checked_div(interval).unwrap_or(Millis::MAX - Millis::from(limits.burst));
            let count = Millis::try_from(last - first + 1).unwrap();
            if count > Millis::from(limits.burst) + allowed {
                return Some(format!("{count} from {from} until {until}"));
            }
        }
    }
    None
}

/// Starts as many as it may at each of these times of the clock; the record of all starts, with the pace made anew from the
/// store before each.
fn starts_at(limits: &Limits, clock: impl IntoIterator<Item = Millis>) -> Vec<Millis> {
    let mut record = Vec::new();
    for now in clock {
        let known = record.iter().copied().filter(|start| *start > now - DAY).collect();
        let mut pace = Pace::from_starts(limits, known, now);
        pace.connected(BEGIN - DAY);
        while let Next::Now(at) = pace.next_start(limits, &Ask::new(Class::Normal), now) {
            record.push(pace.record_start(limits, at));
            assert!(record.len() < 10_000, "nothing limits it");
        }
    }
    record
}

#[test]
fn a_burst_and_then_the_rate() {
    let limits = bare().with_rate(seconds(10), 3);
    let mut pace = connected();
    let mut now = BEGIN;
    let mut starts = Vec::new();
    for _ in 0..6 {
        now = pace.next_start(&limits, &Ask::new(Class::Normal), now).at().unwrap();
        starts.push(pace.record_start(&limits, now) - BEGIN);
    }
    assert_eq!(starts, [0, 0, 0, 10_000, 20_000, 30_000]);
    let next = pace.next_start(&limits, &Ask::new(Class::Normal), now);
    assert_eq!(next, Next::At { at: BEGIN + 40_000, why: Wait::Rate });
}

#[test]
fn caps_slide() {
    let limits = bare().with_rate(Duration::ZERO, 1).with_caps(2, 3);
    let mut pace = connected();
    let next = |pace: &Pace, now| pace.next_start(&limits, &Ask::new(Class::Normal), now);
    pace.record_start(&limits, BEGIN);
    pace.record_start(&limits, BEGIN + 30 * MINUTE);
    assert_eq!(next(&pace, BEGIN + 40 * MINUTE), Next::At { at: BEGIN + HOUR, why: Wait::HourlyCap });
    pace.record_start(&limits, BEGIN + HOUR);
    assert_eq!(next(&pace, BEGIN + HOUR), Next::At { at: BEGIN + DAY, why: Wait::DailyCap });
}

#[test]
fn a_login_code_passes_a_campaign() {
    let limits = bare();
    let campaign = starts(&limits, Class::Bulk, BEGIN + HOUR - MINUTE);
    assert_eq!(campaign.starts().len(), 180);
    let next = |class| campaign.next_start(&limits, &Ask::new(class), BEGIN + HOUR - MINUTE);
    assert_eq!(next(Class::Bulk).why(), Some(Wait::HourlyCap));
    assert_eq!(next(Class::Urgent).why(), None);
}

/// The pace after all that may start from the beginning until then.
fn starts(limits: &Limits, class: Class, until: Millis) -> Pace {
    let mut pace = connected();
    let mut now = BEGIN;
    while let Some(at) = pace.next_start(limits, &Ask::new(class), now).at().filter(|at| *at < until) {
        now = pace.record_start(limits, at);
    }
    pace
}

/// The starts of half an hour after connecting, counted from there.
fn ramp(limits: &Limits) -> Vec<Millis> {
    let mut pace = Pace::new();
    pace.connected(BEGIN);
    let mut now = BEGIN;
    while let Some(at) =
        pace.next_start(limits, &Ask::new(Class::Normal), now).at().filter(|at| *at < BEGIN + 30 * MINUTE)
    {
        now = pace.record_start(limits, at);
    }
    pace.starts().map(|start| start - BEGIN).collect()
}

#[test]
fn starts_grow_to_the_rate_after_connecting() {
    let limits = Limits::default().with_jitter(0).with_caps(1000, 1000);
    let starts = ramp(&limits);
    // Never nearer than the interval of its time, the connecting included.
    let mut last = 0;
    for start in starts.iter().copied().take_while(|start| *start < 15 * MINUTE) {
        let least = 10_000 * 4 - 10_000 * 3 * start / (15 * MINUTE);
        assert!(start - last >= least && start - last <= least + 1000, "{start} after {last}");
        last = start;
    }
    let within = |from, until| starts.iter().filter(|start| (from..until).contains(*start)).count();
    assert_eq!(within(0, 2 * MINUTE), 3);
    assert_eq!(within(20 * MINUTE, 22 * MINUTE), 12);
}

#[test]
fn pauses_grow_with_errors_and_end_with_a_success_or_time() {
    let limits = bare();
    let mut pace = connected();
    let next = |pace: &Pace, now| pace.next_start(&limits, &Ask::new(Class::Urgent), now);
    pace.record_start(&limits, BEGIN);
    pace.record_error(BEGIN + 1000);
    assert_eq!(next(&pace, BEGIN + 1000), Next::At { at: BEGIN + 61_000, why: Wait::Errors });
    // One trial; until its outcome is known, another one waits for as long again.
    pace.record_start(&limits, BEGIN + 61_000);
    assert_eq!(next(&pace, BEGIN + 80_000), Next::At { at: BEGIN + 121_000, why: Wait::Errors });
    pace.record_error(BEGIN + 62_000);
    assert_eq!(next(&pace, BEGIN + 80_000), Next::At { at: BEGIN + 182_000, why: Wait::Errors });
    // What had started before says nothing of now.
    pace.record_success(BEGIN + 61_000);
    assert_eq!(pace.errors(), 2);
    pace.record_start(&limits, BEGIN + 182_000);
    pace.record_success(BEGIN + 182_000);
    assert_eq!((pace.errors(), next(&pace, BEGIN + 192_000)), (0, Next::Now(BEGIN + 192_000)));
}

#[test]
fn nothing_starts_without_a_connection() {
    let limits = Limits::default();
    let mut pace = connected();
    pace.disconnected();
    let next = |pace: &Pace, now| pace.next_start(&limits, &Ask::new(Class::Urgent), now);
    assert_eq!(next(&pace, BEGIN + DAY), Next::Held(Wait::Disconnected));
    pace.connected(BEGIN);
    // The ramp begins once.
    pace.connected(BEGIN + HOUR);
    assert_eq!(next(&pace, BEGIN + HOUR), Next::Now(BEGIN + HOUR));
    assert_eq!(next(&Pace::new(), BEGIN), Next::Held(Wait::Disconnected));
}

#[test]
fn quiet_hours_hold_normal_and_bulk_but_no_replies() {
    let limits = bare().with_quiet_hours(QuietHours::new("21:00", "09:00", "Etc/UTC").unwrap());
    let midnight = BEGIN - BEGIN.rem_euclid(DAY);
    let next = |ask: Ask| connected().next_start(&limits, &ask, midnight + DAY);
    let morning = Next::At { at: midnight + DAY + 9 * HOUR, why: Wait::QuietHours };
    for class in [Class::Normal, Class::Bulk] {
        assert_eq!(next(Ask::new(class)), morning);
        assert_eq!(next(Ask::new(class).as_reply()), Next::Now(midnight + DAY));
    }
    assert_eq!(next(Ask::new(Class::Urgent)), Next::Now(midnight + DAY));
    // What is for later is quiet then too.
    let later = Ask::new(Class::Bulk).with_not_before(midnight + DAY + 22 * HOUR);
    let next_morning = Next::At { at: midnight + 2 * DAY + 9 * HOUR, why: Wait::QuietHours };
    assert_eq!(next(later), next_morning);
}

#[test]
fn what_is_zero_lets_nothing_start() {
    let next = |limits: Limits| connected().next_start(&limits, &Ask::new(Class::Urgent), BEGIN);
    assert_eq!(next(bare().with_rate(seconds(1), 0)), Next::Held(Wait::Rate));
    assert_eq!(next(bare().with_caps(0, 5)), Next::Held(Wait::HourlyCap));
    assert_eq!(next(bare().with_caps(5, 0)), Next::Held(Wait::DailyCap));
}

#[test]
fn a_clock_that_was_wrong_can_be_set_right_by_a_person() {
    let limits = bare();
    let mut pace = connected();
    pace.record_start(&limits, BEGIN + 365 * DAY);
    pace.record_start(&limits, BEGIN + 365 * DAY);
    let next = |pace: &Pace| pace.next_start(&limits, &Ask::new(Class::Normal), BEGIN);
    assert_eq!(pace.ahead_of(BEGIN), 365 * DAY);
    assert_eq!(next(&pace), Next::At { at: BEGIN + 365 * DAY + 10_000, why: Wait::Rate });
    pace.trust_clock(&limits, BEGIN);
    assert_eq!(pace.ahead_of(BEGIN), 0);
    assert_eq!(next(&pace), Next::At { at: BEGIN + 10_000, why: Wait::Rate });
}

#[test]
fn lower_limits_count_what_was_before_but_not_for_ever() {
    let mut pace = connected();
    for start in 0..100 {
        pace.record_start(&bare(), BEGIN + start * 10_000);
    }
    let next = |strict: Limits| {
        let mut rebuilt = Pace::from_starts(&strict, pace.starts().collect(), BEGIN + HOUR);
        rebuilt.connected(BEGIN);
        rebuilt.next_start(&strict, &Ask::new(Class::Normal), BEGIN + HOUR)
    };
    let strict = bare().with_rate(seconds(3600), 1);
    let last = BEGIN + 99 * 10_000;
    assert_eq!(next(strict.clone()), Next::At { at: last + HOUR, why: Wait::Rate });
    assert_eq!(next(strict.with_caps(200, 50)), Next::At { at: BEGIN + 500_000 + DAY, why: Wait::DailyCap });
}

#[test]
fn a_stored_pace_is_the_same_and_small() {
    let limits = Limits::default();
    let mut pace = starts(&limits, Class::Normal, BEGIN + 3 * DAY);
    pace.record_error(BEGIN + 3 * DAY);
    assert!((990..=1000).contains(&pace.starts().len()));
    let json = serde_json::to_string(&pace).unwrap();
    assert!(json.len() < 10_000, "{}", json.len());
    assert_eq!(serde_json::from_str::<Pace>(&json).unwrap(), pace);
    let empty = serde_json::to_string(&Pace::new()).unwrap();
    assert_eq!(serde_json::from_str::<Pace>(&empty).unwrap(), Pace::new());
}

#[test]
fn a_forecast_is_what_happens_without_errors() {
    let limits =
        Limits::default().with_quiet_hours(QuietHours::new("21:00", "09:00", "Europe/Berlin").unwrap());
    let queue = [
        Queued::new(Ask::new(Class::Bulk).with_seed(1), 3000),
        Queued::new(Ask::new(Class::Normal).with_seed(2), 50),
        Queued::new(Ask::new(Class::Urgent).with_not_before(BEGIN + DAY), 1),
    ];
    let forecast = forecast(&limits, &connected(), &queue, BEGIN);
    let opens = BEGIN - BEGIN.rem_euclid(DAY) + 8 * HOUR;
    assert_eq!((forecast.first, forecast.left), (Some(opens), 0));
    let counted: u64 = forecast.by_day.iter().map(|day| day.starts).sum();
    assert_eq!(counted, 3051);
    let days: Vec<_> = forecast.by_day.iter().map(|day| (day.date.as_str(), day.starts)).collect();
    assert_eq!(days[0].0, "2026-11-28");
    // A day is a calendar's day, the cap one of any 24 hours.
    assert!(days.len() == 4 && days.iter().all(|(_, starts)| *starts <= 1000), "{days:?}");
}

#[test]
fn a_forecast_expects_the_errors_of_lately() {
    let limits = bare().with_caps(10_000, 10_000);
    let last = |every: u32| {
        let mut pace = connected();
        for outcome in 0..5000_u32 {
            if every > 0 && outcome % every == 0 {
                pace.record_error(BEGIN - DAY);
            } else {
                pace.record_success(BEGIN - DAY + 1);
            }
        }
        forecast(&limits, &pace, &[Queued::new(Ask::new(Class::Normal), 1000)], BEGIN).last.unwrap() - BEGIN
    };
    assert_eq!(last(0), 998 * 10_000);
    // Each of ten errors costs a minute; the allowance of the burst comes back in it.
    let more = last(100) - last(0);
    assert!((9 * 40_000..=10 * 60_000).contains(&more), "{more}");
}

#[test]
fn a_forecast_says_what_does_not_leave() {
    let bulk = |count| [Queued::new(Ask::new(Class::Bulk), count)];
    let slow = bare().with_caps(10, 10);
    let long = forecast(&slow, &Pace::new(), &bulk(u64::MAX), BEGIN);
    assert!(long.assumes_connection && long.left > u64::MAX - 4000 && long.by_day.len() > 360);
    let never = forecast(&bare().with_caps(0, 10), &connected(), &bulk(5), BEGIN);
    assert_eq!((never.last, never.left), (None, 5));
    assert_eq!(forecast(&slow, &connected(), &bulk(0), BEGIN), Forecast::default());
}

#[test]
fn codes_and_names_of_classes_go_both_ways() {
    for class in Class::ALL {
        assert_eq!(Class::from_code(class.code()), Some(class));
        assert_eq!(Class::from_name(class.name()), Some(class));
        assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{}\"", class.name()));
    }
    assert_eq!(Class::from_code(3), None);
    for wait in Wait::ALL {
        assert_eq!(serde_json::to_string(&wait).unwrap(), format!("\"{}\"", wait.name()));
    }
}

/// What happens in a random course of things.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// A worker starts what it may; `patient` waits for when it may.
    Start {
        worker: usize,
        ask: Ask,
        patient: bool,
    },
    /// Time goes on for both workers.
    Time(Millis),
    /// The clock of a worker is set.
    Clock {
        worker: usize,
        by: Millis,
    },
    /// The pace is made anew from the recorded starts, by the clock of a worker.
    Rebuild {
        worker: usize,
    },
    Error {
        worker: usize,
    },
    Success,
    Disconnect,
    Connect {
        worker: usize,
    },
}

fn asks() -> impl Strategy<Value = Ask> {
    (0..3_usize, any::<bool>(), any::<u64>()).prop_map(|(class, is_reply, seed)| {
        let ask = Ask::new(Class::ALL[class]).with_seed(seed);
        if is_reply { ask.as_reply() } else { ask }
    })
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let worker = 0..2_usize;
    let happening = prop_oneof![
        30 => (worker.clone(), asks(), any::<bool>())
            .prop_map(|(worker, ask, patient)| Happening::Start { worker, ask, patient }),
        8 => prop_oneof![0..20 * SECOND, 0..HOUR, 0..DAY].prop_map(Happening::Time),
        3 => (worker.clone(), prop_oneof![-MINUTE..MINUTE, -3 * DAY..3 * DAY])
            .prop_map(|(worker, by)| Happening::Clock { worker, by }),
        4 => worker.clone().prop_map(|worker| Happening::Rebuild { worker }),
        1 => worker.clone().prop_map(|worker| Happening::Error { worker }),
        3 => Just(Happening::Success),
        1 => Just(Happening::Disconnect),
        3 => worker.prop_map(|worker| Happening::Connect { worker }),
    ];
    prop::collection::vec(happening, 1..200)
}

fn limits() -> impl Strategy<Value = Limits> {
    let interval = prop_oneof![0..10 * SECOND, 0..10 * HOUR].prop_map(Millis::unsigned_abs);
    let quiet = prop_oneof![Just(None), Just(Some("Europe/Berlin")), Just(Some("Pacific/Kiritimati"))];
    let shapes = (0..101_u8, 0..101_u8, 0..60_u64, 0..6_u32);
    (interval, 1..6_u32, 1..12_u32, 1..30_u32, shapes, quiet).prop_map(
        |(interval, burst, hourly, daily, (reserve, jitter, ramp, factor), quiet)| {
            let limits = Limits::default()
                .with_rate(Duration::from_millis(interval), burst)
                .with_caps(hourly, daily)
                .with_reserve(reserve)
                .with_jitter(jitter)
                .with_ramp(seconds(ramp * 60), factor);
            match quiet {
                Some(zone) => limits.with_quiet_hours(QuietHours::new("21:00", "09:00", zone).unwrap()),
                None => limits,
            }
        },
    )
}

/// The starts of such a course. The row of the store is locked for each happening, so that they come one after another.
fn course(limits: &Limits, happenings: &[Happening]) -> Vec<Millis> {
    let mut record: Vec<Millis> = Vec::new();
    let mut clocks = [BEGIN; 2];
    let mut row = serde_json::to_string(&connected()).unwrap();
    for happening in happenings {
        let mut pace: Pace = serde_json::from_str(&row).unwrap();
        match *happening {
            Happening::Start { worker, ask, patient } => {
                let next = pace.next_start(limits, &ask, clocks[worker]);
                if let Next::At { at, .. } = next {
                    assert!(at > clocks[worker]);
                    // Asked again meanwhile it is the same, and then it may start.
                    let meanwhile = clocks[worker] + (at - clocks[worker]) / 2;
                    assert_eq!(pace.next_start(limits, &ask, meanwhile), next);
                    assert_eq!(pace.next_start(limits, &ask, at), Next::Now(at));
                    assert_ne!(pace.next_start(limits, &ask, at - 1).why(), None);
                }
                let punctual = pace.next_start(&limits.clone().with_jitter(0), &ask, clocks[worker]);
                assert!(punctual.at() <= next.at());
                if patient && let Some(at) = next.at() {
                    let waits = (at - clocks[worker]).clamp(0, 2 * DAY);
                    clocks = clocks.map(|clock| clock + waits);
                }
                if let Next::Now(at) = pace.next_start(limits, &ask, clocks[worker]) {
                    assert_eq!(pace.record_start(limits, at), at);
                    record.push(at);
                }
            }
            Happening::Time(passes) => clocks = clocks.map(|clock| clock + passes),
            Happening::Clock { worker, by } => clocks[worker] += by,
            Happening::Rebuild { worker } => {
                let now = clocks[worker];
                let known = record.iter().rev().copied().filter(|start| *start > now - DAY).collect();
                pace = Pace::from_starts(limits, known, now);
                pace.connected(now);
            }
            Happening::Error { worker } => pace.record_error(clocks[worker]),
            Happening::Success => pace.record_success(record.last().copied().unwrap_or(BEGIN)),
            Happening::Disconnect => pace.disconnected(),
            Happening::Connect { worker } => pace.connected(clocks[worker]),
        }
        assert!(pace.starts().len() <= limits.daily as usize);
        row = serde_json::to_string(&pace).unwrap();
    }
    record
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_window_holds_too_many(limits in limits(), happenings in happenings()) {
        let starts = course(&limits, &happenings);
        prop_assert_eq!(exceeded(&limits, &starts), None);
        prop_assert_eq!(course(&limits, &happenings), starts);
    }

    #[test]
    fn a_forecast_keeps_windows_and_counts_all(limits in limits(), bulk in 0..60_u64, asks in prop::collection::vec(asks(), 0..20)) {
        let mut queue = vec![Queued::new(Ask::new(Class::Bulk), bulk)];
        queue.extend(asks.into_iter().map(|ask| Queued::new(ask, 1)));
        let forecast = forecast(&limits, &connected(), &queue, BEGIN);
        let counted: u64 = forecast.by_day.iter().map(|day| day.starts).sum();
        prop_assert_eq!(counted + forecast.left, queue.iter().map(|queued| queued.count).sum::<u64>());
        prop_assert!(forecast.by_day.iter().all(|day| day.starts <= u64::from(limits.daily) * 2));
    }
}

/// A worker starts all that an hour allows. Another one, whose clock is a day ahead, makes the pace anew: by its clock all of that
/// is too old. Then the first one asks again.
fn clocks_that_differ(limits: &Limits) -> Vec<Millis> {
    let mut record: Vec<_> = starts(limits, Class::Normal, BEGIN + 2 * MINUTE).starts().collect();
    let ahead = BEGIN + DAY + 3 * MINUTE;
    let known = record.iter().copied().filter(|start| *start > ahead - DAY).collect();
    let mut pace = Pace::from_starts(limits, known, ahead);
    pace.connected(BEGIN - DAY);
    while let Next::Now(at) = pace.next_start(limits, &Ask::new(Class::Normal), BEGIN + 30 * MINUTE) {
        record.push(pace.record_start(limits, at));
    }
    record
}

#[test]
fn clocks_that_differ_let_no_window_hold_too_many() {
    let limits = bare().with_caps(5, 100);
    assert_eq!(exceeded(&limits, &clocks_that_differ(&limits)), None);
}

#[test]
fn a_clock_that_is_set_back_again_and_again_lets_no_window_hold_too_many() {
    let limits = bare().with_caps(5, 100);
    let clock = (0..60).map(|step| BEGIN + step * 10 * MINUTE - step / 5 * HOUR);
    assert_eq!(exceeded(&limits, &starts_at(&limits, clock)), None);
}

/// Busy for two days at a rate for which the records of a day are not enough, and then at rest for less than the burst needs.
fn busy_for_days() -> (Limits, Vec<Millis>) {
    let limits = bare().with_rate(seconds(4 * 3600), 8);
    (limits, (0..200).map(|step| BEGIN + step * HOUR).collect())
}

#[test]
fn a_pace_made_anew_does_not_give_a_burst_back() {
    let (limits, clock) = busy_for_days();
    assert_eq!(exceeded(&limits, &starts_at(&limits, clock)), None);
}

/// Each rule switched off: what it is good for fails. The table of rules names these tests.
#[cfg(feature = "simulation")]
mod without {
    use super::*;

    #[test]
    fn windows_hold_too_many() {
        let limits = bare().with_rate(seconds(10), 2).with_caps(20, 100);
        let course = || {
            let mut pace = connected();
            let clock = (0..30).map(|second| BEGIN + second * SECOND);
            clock
                .filter_map(|now| match pace.next_start(&limits, &Ask::new(Class::Normal), now) {
                    Next::Now(at) => Some(pace.record_start(&limits, at)),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(exceeded(&limits, &course()), None);
        assert!(exceeded(&limits, &Rule::PaceKeepsWindows.without(course)).is_some());
    }

    #[test]
    fn a_clock_that_is_set_back_gives_allowance() {
        let limits = bare().with_caps(5, 100);
        let course = || clocks_that_differ(&limits);
        assert_eq!(exceeded(&limits, &course()), None);
        assert!(exceeded(&limits, &Rule::TimeNeverGoesBack.without(course)).is_some());
    }

    #[test]
    fn a_restart_gives_a_burst() {
        let (limits, clock) = busy_for_days();
        let course = || starts_at(&limits, clock.clone());
        assert_eq!(exceeded(&limits, &course()), None);
        assert!(exceeded(&limits, &Rule::UnknownPastCounts.without(course)).is_some());
    }

    #[test]
    fn a_campaign_takes_the_room_of_login_codes() {
        let limits = bare();
        let code = || {
            let now = BEGIN + HOUR - MINUTE;
            starts(&limits, Class::Bulk, now).next_start(&limits, &Ask::new(Class::Urgent), now)
        };
        assert_eq!(code().why(), None);
        assert_eq!(Rule::BulkLeavesRoom.without(code).why(), Some(Wait::HourlyCap));
    }

    #[test]
    fn errors_and_disconnects_are_followed_by_starts() {
        let limits = bare();
        let next = |change: fn(&mut Pace)| {
            let mut pace = connected();
            change(&mut pace);
            pace.next_start(&limits, &Ask::new(Class::Normal), BEGIN + SECOND)
        };
        for change in [|pace: &mut Pace| pace.record_error(BEGIN), |pace: &mut Pace| pace.disconnected()] {
            assert!(next(change).why().is_some());
            assert_eq!(Rule::ErrorsPause.without(|| next(change)), Next::Now(BEGIN + SECOND));
        }
    }

    #[test]
    fn all_that_gathered_leaves_after_connecting() {
        let limits = Limits::default();
        let in_two_minutes = || ramp(&limits).iter().filter(|start| **start < 2 * MINUTE).count();
        assert!(in_two_minutes() <= 3);
        assert!(Rule::RampAfterConnecting.without(in_two_minutes) > 10);
    }

    #[test]
    fn people_are_woken_at_night() {
        let limits = bare().with_quiet_hours(QuietHours::new("21:00", "09:00", "Etc/UTC").unwrap());
        let midnight = BEGIN - BEGIN.rem_euclid(DAY);
        let next = || connected().next_start(&limits, &Ask::new(Class::Bulk), midnight + DAY);
        assert_eq!(next().why(), Some(Wait::QuietHours));
        assert_eq!(Rule::QuietHoursHold.without(next), Next::Now(midnight + DAY));
    }
}
