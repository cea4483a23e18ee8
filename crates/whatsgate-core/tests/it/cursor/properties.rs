//! Whatever the service does about dates, zones, order and pages, and wherever the program ends and starts again: nothing
//! that was kept is offered twice, and nothing is lost.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use whatsgate_core::Start;
use whatsgate_model::{EventsGetRequest, WireDate};

use super::service::{BEGIN, Counts, DAY, Dated, HOUR, Habits, Order, Reader, Service, YEAR};

/// So many cases, the same in every run.
fn fixed(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(18), failure_persistence: None, ..Config::default() }
}

#[derive(Clone, Copy, Debug)]
enum Arrival {
    Event { after: i64, late: i64, dated: Dated },
    PassedOver,
    LateNumber { late: i64 },
}

/// What happens next.
#[derive(Clone, Debug)]
enum Then {
    Ask {
        keep: bool,
    },
    Arrive(Vec<Arrival>),
    /// Retention eats the oldest, perhaps while pages are read.
    Forget(usize),
    /// A request gets no reply.
    Fail,
    Restart,
    Pause(i64),
    /// A day without a question, if no round is under way.
    Night,
}

fn late() -> impl Strategy<Value = i64> {
    // Within the overlap, or the hours of an offline phone.
    prop_oneof![6 => 0_i64..60, 1 => 0_i64..12 * HOUR]
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let after = prop_oneof![4 => Just(0_i64), 3 => 1_i64..5, 1 => 30_i64..200];
    let dated = prop_oneof![
        12 => Just(Dated::Rightly),
        1 => Just(Dated::YearsAhead),
        1 => Just(Dated::YearsBack),
        1 => Just(Dated::Not),
    ];
    prop_oneof![
        12 => (after, late(), dated).prop_map(|(after, late, dated)| Arrival::Event { after, late, dated }),
        1 => Just(Arrival::PassedOver),
        1 => late().prop_map(|late| Arrival::LateNumber { late }),
    ]
}

fn then(forgets: bool) -> impl Strategy<Value = Then> {
    prop_oneof![
        12 => prop::bool::weighted(0.85).prop_map(|keep| Then::Ask { keep }),
        6 => prop::collection::vec(arrival(), 0..30).prop_map(Then::Arrive),
        if forgets { 2 } else { 0 } => (1_usize..20).prop_map(Then::Forget),
        1 => Just(Then::Fail),
        1 => Just(Then::Restart),
        2 => (1_i64..HOUR).prop_map(Then::Pause),
        1 => Just(Then::Night),
    ]
}

fn habits() -> impl Strategy<Value = Habits> {
    let order = prop_oneof![Just(Order::OldestFirst), Just(Order::NewestFirst), Just(Order::Shuffled)];
    let counts =
        prop_oneof![3 => Just(Counts::Elements), 1 => Just(Counts::Pages), 1 => Just(Counts::Nothing)];
    let zone = (-48_i64..=56).prop_map(|quarters| quarters * 900);
    (any::<bool>(), order, counts, zone, any::<bool>()).prop_map(
        |(date_is_inclusive, order, counts, zone, tells_its_time)| Habits {
            date_is_inclusive,
            order,
            counts,
            zone,
            tells_its_time,
        },
    )
}

fn arrive(service: &mut Service, arrivals: &[Arrival]) {
    for arrival in arrivals {
        match *arrival {
            Arrival::Event { after, late, dated } => {
                service.now += after;
                service.list(late, dated);
            }
            Arrival::PassedOver => service.pass_over_a_number(),
            Arrival::LateNumber { late } => service.list_late_number(late),
        }
    }
}

fn play(service: &mut Service, reader: &mut Reader, script: &[Then]) {
    for step in script {
        service.now += 1;
        match step {
            Then::Ask { keep } => drop(reader.ask(service, *keep)),
            Then::Arrive(arrivals) => arrive(service, arrivals),
            Then::Forget(count) => service.forget(*count),
            Then::Fail => drop(reader.request(service)),
            Then::Restart => reader.restart(),
            Then::Pause(seconds) => service.now += seconds,
            Then::Night if reader.is_mid_round => {}
            Then::Night => service.now += DAY,
        }
    }
    // Once nothing happens any more, the round that is under way and one that goes back bring everything.
    reader.read(service);
    reader.cursor.read_back();
    reader.read(service);
}

/// Everything it kept, each once.
fn once(reader: &Reader) -> Result<BTreeSet<i64>, TestCaseError> {
    let once: BTreeSet<i64> = reader.kept.iter().copied().collect();
    prop_assert_eq!(reader.kept.len(), once.len(), "an event was kept twice: {:?}", reader.kept);
    Ok(once)
}

proptest! {
    #![proptest_config(fixed(200))]

    #[test]
    fn nothing_kept_comes_twice_and_nothing_is_lost(
        habits in habits(),
        page_size in prop_oneof![2_u32..20, Just(100)],
        before in prop::collection::vec(arrival(), 0..150),
        script in prop::collection::vec(then(true), 0..60),
        from in prop::option::of(-HOUR..HOUR),
    ) {
        let mut service = Service::new(habits);
        arrive(&mut service, &before);
        let from = from.map(|from| BEGIN + habits.zone + from);
        let start = from.map_or(Start::Beginning, |from| Start::Date(WireDate::from_unix_seconds_as_utc(from)));
        let mut reader = Reader::new(EventsGetRequest::new().with_page_size(page_size), start);
        play(&mut service, &mut reader, &script);
        let once = once(&reader)?;
        for listed in &service.listed {
            // What is dated years back may be out of reach.
            let is_promised = listed.dated != Dated::YearsBack && service.lets_through(listed.date, from);
            prop_assert!(once.contains(&listed.number) || !is_promised, "lost: {listed:?}");
        }
    }

    #[test]
    fn from_now_on_what_was_listed_before_does_not_come(
        habits in habits(),
        page_size in prop_oneof![2_u32..20, Just(100)],
        before in prop::collection::vec(arrival(), 0..150),
        script in prop::collection::vec(then(false), 0..60),
        skew in prop_oneof![Just(0), Just(-YEAR), Just(YEAR), -HOUR..HOUR],
    ) {
        let mut service = Service::new(habits);
        arrive(&mut service, &before);
        let mut reader = Reader::new(EventsGetRequest::new().with_page_size(page_size), Start::Now);
        reader.skew = if habits.tells_its_time { skew } else { 0 };
        play(&mut service, &mut reader, &script);
        let once = once(&reader)?;
        let (begun, ended) = reader.first_kept.expect("rounds were kept");
        for listed in &service.listed {
            if listed.since < begun {
                prop_assert!(!once.contains(&listed.number), "it was listed before: {listed:?}");
            }
            if listed.since > ended && listed.dated != Dated::YearsBack {
                prop_assert!(once.contains(&listed.number), "lost: {listed:?}");
            }
        }
    }
}
