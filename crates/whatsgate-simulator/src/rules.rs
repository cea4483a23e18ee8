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

/// One for each rule.
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
];

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
