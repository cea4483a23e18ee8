//! The table of rules: for each a schedule that goes wrong without it.

use whatsgate_core::durable::rules::Rule;

use crate::checks::Check;

/// A rule, and what becomes of a schedule without it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The rule.
    pub rule: Rule,
    /// The schedule.
    pub seed: u64,
    /// What fails in it without the rule, and holds with it.
    pub fails: Check,
}

/// One for each rule that schedules can miss.
///
/// The seeds change when schedules do: `cargo xtask simulate --table` finds others.
pub const CASES: &[Case] = &[
    case(Rule::StoredBeforeAcknowledged, 1, Check::AcknowledgedIsStored),
    case(Rule::PagesStoredAsTheyCome, 298, Check::NothingIsLost),
    case(Rule::MedianDate, 50, Check::NothingIsLost),
    case(Rule::Overlap, 5509, Check::PollIsPrompt),
    case(Rule::ReadsOnPastTheKnown, 3, Check::RoundsAreWhole),
    case(Rule::ReadAgainWhenShorter, 370, Check::RoundsAreWhole),
    case(Rule::ReadBack, 153, Check::NothingIsLost),
    case(Rule::ServiceClock, 17, Check::NothingIsLost),
    case(Rule::SameNumberIsNotEnough, 8, Check::RoundsAreWhole),
    case(Rule::ListedVersionCounts, 1, Check::ListedTextCounts),
    case(Rule::PositionsWithinTheCommit, 1, Check::OrderOfAChat),
    case(Rule::OrderOfTheService, 0, Check::OrderOfACommit),
    case(Rule::BeginsWithNow, 0, Check::NothingFromBefore),
    case(Rule::EpochGuardsProgress, 3, Check::EffectsAreOnce),
    case(Rule::OneWorkerPerPartition, 0, Check::OneWorker),
    case(Rule::ChatWaitsForItsFailure, 0, Check::OrderOfAChat),
    case(Rule::OtherChatsGoOn, 87, Check::OthersGoOn),
    case(Rule::DeadLetters, 0, Check::EverythingIsHandled),
    case(Rule::EffectWithProgress, 6, Check::EffectsAreOnce),
    case(Rule::ProgressAfterHandling, 0, Check::OrderOfAChat),
    case(Rule::ReadAgainAfterDoubt, 6, Check::EffectsAreOnce),
    case(Rule::WaitingEventsAreLimited, 0, Check::WaitingIsLimited),
    case(Rule::NumbersAreKept, 3, Check::OnceInTheJournal),
    case(Rule::UnreadIsKept, 10, Check::ContentIsThere),
    case(Rule::UnseenConsumersAreSuspended, 72, Check::OldContentGoes),
    case(Rule::ReceiptsGoForward, 0, Check::ReceiptsAreTheMost),
    case(Rule::ReceiptsByShortId, 0, Check::ReceiptsAreTheMost),
    case(Rule::AttemptStoredFirst, 13, Check::SentOnce),
    case(Rule::LostAttemptIsUnknown, 5, Check::SentOnce),
    case(Rule::UnknownIsNotRepeated, 1, Check::SentOnce),
    case(Rule::KeyCountsOnce, 1, Check::KeysAreKept),
    case(Rule::ChatWaitsForTheUnknown, 1, Check::LaterOnesWait),
    case(Rule::ChatInOrder, 5, Check::OneAtATime),
    case(Rule::EvidenceIsNew, 42, Check::EvidenceIsOfTheTime),
    case(Rule::EvidenceCountsOnce, 1, Check::EvidenceCountsOnce),
    case(Rule::EvidenceOfTheChat, 27, Check::SentWasSent),
    case(Rule::EvidenceFitsTheClock, 5, Check::EvidenceIsOfTheTime),
    case(Rule::SendingComesFirst, 86, Check::EvidenceWaits),
    case(Rule::IdOutweighsContent, 27, Check::EvidenceCountsOnce),
    case(Rule::AcknowledgementsProveNothing, 12, Check::EvidenceIsOfTheTime),
    case(Rule::AbsenceNeedsCalibration, 10, Check::NotSentWasNot),
    case(Rule::AbsenceNeedsTheList, 373, Check::NotSentWasNot),
    case(Rule::AbsenceNeedsALaterMessage, 75, Check::NotSentWasNot),
    case(Rule::AbsenceNeedsNothingAlike, 4276, Check::NotSentWasNot),
    case(Rule::OnlyPolicyResends, 48, Check::OnlyOwnersResend),
];

/// A rule without a part in schedules, and what shows that it is missed.
#[derive(Clone, Copy, Debug)]
pub struct Tested {
    /// The rule.
    pub rule: Rule,
    /// A test of `whatsgate-core`: what it is about goes wrong without the rule, and not with it.
    pub test: &'static str,
}

/// One for each rule that has no [`Case`].
pub const TESTED_BY_NAME: &[Tested] = &[
    tested(Rule::PaceKeepsWindows, "pacing::tests::without::windows_hold_too_many"),
    tested(Rule::TimeNeverGoesBack, "pacing::tests::without::a_clock_that_is_set_back_gives_allowance"),
    tested(Rule::UnknownPastCounts, "pacing::tests::without::a_restart_gives_a_burst"),
    tested(Rule::BulkLeavesRoom, "pacing::tests::without::a_campaign_takes_the_room_of_login_codes"),
    tested(Rule::ErrorsPause, "pacing::tests::without::errors_and_disconnects_are_followed_by_starts"),
    tested(Rule::RampAfterConnecting, "pacing::tests::without::all_that_gathered_leaves_after_connecting"),
    tested(Rule::QuietHoursHold, "pacing::tests::without::people_are_woken_at_night"),
    tested(Rule::OptOutStopsBulk, "opt_out::tests::without_the_rule_bulk_goes_to_who_opted_out"),
];

const fn tested(rule: Rule, test: &'static str) -> Tested {
    Tested { rule, test }
}

const fn case(rule: Rule, seed: u64, fails: Check) -> Case {
    Case { rule, seed, fails }
}

/// The table as it stands in this crate's README.
pub fn table() -> String {
    let mut table =
        String::from("| rule | what it says | seed | what fails without it |\n|---|---|---|---|\n");
    for Case { rule, seed, fails } in CASES {
        table += &format!("| `{}` | {} | {seed} | `{}` |\n", rule.name(), rule.says(), fails.name());
    }
    for Tested { rule, test } in TESTED_BY_NAME {
        table += &format!("| `{}` | {} | | `{test}` |\n", rule.name(), rule.says());
    }
    table
}

/// The table of what is checked, as it stands there.
pub fn checks() -> String {
    let lines = Check::ALL.iter().map(|check| format!("| `{}` | {} |\n", check.name(), check.says()));
    format!("| check | what must hold |\n|---|---|\n{}", lines.collect::<String>())
}

/// The table of what goes wrong, as it stands there.
pub fn troubles() -> String {
    let lines =
        crate::Trouble::ALL.iter().map(|trouble| format!("| `{}` | {} |\n", trouble.name(), trouble.says()));
    format!("| trouble | what happens |\n|---|---|\n{}", lines.collect::<String>())
}
