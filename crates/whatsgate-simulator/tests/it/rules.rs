//! Each rule is missed by a schedule that holds with it.

use std::collections::BTreeSet;

use whatsgate_simulator::rules::{CASES, TESTED_BY_NAME, checks, table, troubles};
use whatsgate_simulator::{Options, Rule, simulate};

macro_rules! missed {
    ($($test:ident: $rule:ident,)+) => {
        $(
            #[test]
            fn $test() {
                is_missed(Rule::$rule);
            }
        )+

        /// The rules that have a test above.
        const TESTED: &[Rule] = &[$(Rule::$rule,)+];
    };
}

missed! {
    stored_before_acknowledged: StoredBeforeAcknowledged,
    pages_stored_as_they_come: PagesStoredAsTheyCome,
    median_date: MedianDate,
    overlap: Overlap,
    reads_on_past_the_known: ReadsOnPastTheKnown,
    read_again_when_shorter: ReadAgainWhenShorter,
    read_back: ReadBack,
    service_clock: ServiceClock,
    same_number_is_not_enough: SameNumberIsNotEnough,
    listed_version_counts: ListedVersionCounts,
    positions_within_the_commit: PositionsWithinTheCommit,
    order_of_the_service: OrderOfTheService,
    begins_with_now: BeginsWithNow,
    epoch_guards_progress: EpochGuardsProgress,
    one_worker_per_partition: OneWorkerPerPartition,
    chat_waits_for_its_failure: ChatWaitsForItsFailure,
    other_chats_go_on: OtherChatsGoOn,
    dead_letters: DeadLetters,
    effect_with_progress: EffectWithProgress,
    progress_after_handling: ProgressAfterHandling,
    read_again_after_doubt: ReadAgainAfterDoubt,
    waiting_events_are_limited: WaitingEventsAreLimited,
    numbers_are_kept: NumbersAreKept,
    unread_is_kept: UnreadIsKept,
    unseen_consumers_are_suspended: UnseenConsumersAreSuspended,
    receipts_go_forward: ReceiptsGoForward,
    receipts_by_short_id: ReceiptsByShortId,
    attempt_stored_first: AttemptStoredFirst,
    lost_attempt_is_unknown: LostAttemptIsUnknown,
    unknown_is_not_repeated: UnknownIsNotRepeated,
    key_counts_once: KeyCountsOnce,
    chat_waits_for_the_unknown: ChatWaitsForTheUnknown,
    chat_in_order: ChatInOrder,
    evidence_is_new: EvidenceIsNew,
    evidence_counts_once: EvidenceCountsOnce,
    evidence_of_the_chat: EvidenceOfTheChat,
    evidence_fits_the_clock: EvidenceFitsTheClock,
    sending_comes_first: SendingComesFirst,
    id_outweighs_content: IdOutweighsContent,
    acknowledgements_prove_nothing: AcknowledgementsProveNothing,
    absence_needs_calibration: AbsenceNeedsCalibration,
    absence_needs_the_list: AbsenceNeedsTheList,
    absence_needs_a_later_message: AbsenceNeedsALaterMessage,
    absence_needs_nothing_alike: AbsenceNeedsNothingAlike,
    only_policy_resends: OnlyPolicyResends,
}

fn is_missed(rule: Rule) {
    let cases: Vec<_> = CASES.iter().filter(|case| case.rule == rule).collect();
    let [case] = cases[..] else { panic!("{} has {} cases", rule.name(), cases.len()) };
    let run = || simulate(case.seed, &Options::default()).violation;
    assert_eq!(run(), None, "with all rules seed {} must hold", case.seed);
    let violation = rule.without(run);
    assert_eq!(
        violation.as_ref().map(|violation| violation.check),
        Some(case.fails),
        "without {} seed {} takes another course: {violation:?}; find one with: cargo xtask simulate --table --without {}",
        rule.name(),
        case.seed,
        rule.name(),
    );
}

#[test]
fn every_rule_has_a_test() {
    let tested: BTreeSet<_> = TESTED.iter().chain(TESTED_BY_NAME.iter().map(|tested| &tested.rule)).collect();
    assert_eq!(tested, Rule::ALL.iter().collect());
}

#[test]
fn every_test_by_name_is_there_and_needs_its_rule() {
    let sources = [
        ("pacing::tests::without::", include_str!("../../../whatsgate-core/src/durable/pacing/tests.rs")),
        ("opt_out::tests::", include_str!("../../../whatsgate-core/src/durable/opt_out.rs")),
    ];
    for tested in TESTED_BY_NAME {
        let found = sources.iter().find_map(|(place, source)| {
            let name = tested.test.strip_prefix(place)?;
            let (_, body) = source.split_once(&format!("fn {name}() {{"))?;
            body.split("#[test]").next()
        });
        let switches = [".without(", ", ||"].map(|end| format!("Rule::{}{end}", tested.rule.name()));
        let is_switched = |body: &str| switches.iter().any(|switch| body.contains(switch));
        assert!(found.is_some_and(is_switched), "{}", tested.test);
    }
}

#[test]
fn the_tables_in_the_readme_are_those_of_the_code() {
    let readme = include_str!("../../README.md");
    for table in [table(), checks(), troubles()] {
        assert!(readme.contains(&table), "README.md has not this table:\n\n{table}");
    }
}
