//! What came of a run, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use serde::Serialize;

use crate::quoted::{escaped, in_numbers};

/// What came of a run.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The name of the client, as its adapter tells it.
    pub client: String,
    /// How long it took.
    pub seconds: f64,
    /// How many trials there were of each verdict.
    pub counts: BTreeMap<&'static str, usize>,
    /// Every trial, in the order of the cases.
    pub trials: Vec<Verdicts>,
    /// Patterns in the list of known failures that no trial has the name of.
    pub idle: Vec<String>,
    /// Why the run ended before all was tried, if it did.
    pub stopped: Option<String>,
}

/// What came of a trial.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Verdicts {
    /// The name.
    pub name: String,
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How long it took.
    pub seconds: f64,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// As it should.
    Passed,
    /// Not as it should.
    Failed {
        /// What is wrong.
        findings: Vec<String>,
    },
    /// Not as it should, which is known.
    KnownFailure {
        /// What is wrong.
        findings: Vec<String>,
        /// Why, as the list says.
        reason: String,
    },
    /// As it should, although it is listed as a known failure: the list is wrong.
    UnexpectedlyPassed {
        /// Why it should have failed, as the list says.
        reason: String,
    },
    /// Not at all: the client does not have the command.
    Skipped,
    /// Not at all: the run was stopped before.
    NotRun,
}

impl Verdict {
    /// The word of the verdict, as JSON has it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed { .. } => "failed",
            Self::KnownFailure { .. } => "known_failure",
            Self::UnexpectedlyPassed { .. } => "unexpectedly_passed",
            Self::Skipped => "skipped",
            Self::NotRun => "not_run",
        }
    }

    fn is_good(&self) -> bool {
        !matches!(self, Self::Failed { .. } | Self::UnexpectedlyPassed { .. })
    }
}

impl Report {
    pub(crate) fn new(
        client: String,
        seconds: f64,
        trials: Vec<Verdicts>,
        idle: Vec<String>,
        stopped: Option<String>,
    ) -> Self {
        let mut counts = BTreeMap::new();
        for trial in &trials {
            *counts.entry(trial.verdict.word()).or_default() += 1;
        }
        Self { client, seconds, counts, trials, idle, stopped }
    }

    /// Whether nothing failed that is not known to, nothing passed that is known to fail, every known failure has a trial,
    /// something passed at all, and the run was not stopped.
    pub fn is_good(&self) -> bool {
        self.problems().is_empty() && self.failing().next().is_none()
    }

    /// The trials that are not as they should be: those that failed, and those that passed although they are known to fail.
    pub fn failing(&self) -> impl Iterator<Item = &Verdicts> {
        self.trials.iter().filter(|trial| !trial.verdict.is_good())
    }

    /// What is wrong with the run as a whole, whatever its trials say, each in a sentence.
    pub fn problems(&self) -> Vec<String> {
        let idle = |pattern: &String| format!("no trial is named like {}, a known failure", escaped(pattern));
        let mut problems: Vec<_> = self.idle.iter().map(idle).collect();
        if let Some(why) = &self.stopped {
            let (left, all) = (self.count("not_run"), self.trials.len());
            problems.push(format!("the run was stopped: {why}; not run: {left} of {all} trials"));
        }
        if self.count("passed") == 0 {
            problems.push("nothing was proved: no trial passed".to_owned());
        }
        problems
    }

    /// How many trials had this verdict.
    pub fn count(&self, word: &str) -> usize {
        self.counts.get(word).copied().unwrap_or_default()
    }

    /// The report for people: what is wrong, then a table of the groups.
    pub fn table(&self) -> String {
        let mut text = String::new();
        for trial in &self.trials {
            match &trial.verdict {
                Verdict::Failed { findings } => {
                    let _ = writeln!(text, "FAILED {}", trial.name);
                    for finding in findings {
                        let _ = writeln!(text, "  {finding}");
                    }
                }
                Verdict::UnexpectedlyPassed { reason } => {
                    let _ = writeln!(text, "PASSED {}\n  although it is known to fail: {reason}", trial.name);
                }
                _ => {}
            }
        }
        for problem in self.problems() {
            let _ = writeln!(text, "PROBLEM {problem}");
        }
        let columns = ["passed", "failed", "known", "skipped", "not run"];
        // The last only where there is something to tell.
        let shown = if self.stopped.is_some() { 5 } else { 4 };
        let _ = writeln!(text, "{}", row("group", &columns[..shown]));
        let mut groups: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
        for trial in &self.trials {
            let group = trial.name.split('/').next().unwrap_or_default();
            let column = match trial.verdict {
                Verdict::Passed => 0,
                Verdict::Failed { .. } | Verdict::UnexpectedlyPassed { .. } => 1,
                Verdict::KnownFailure { .. } => 2,
                Verdict::Skipped => 3,
                Verdict::NotRun => 4,
            };
            groups.entry(group).or_default()[column] += 1;
        }
        let mut all = [0; 5];
        for (group, counts) in &groups {
            all = std::array::from_fn(|column| all[column] + counts[column]);
            let _ = writeln!(text, "{}", row(group, &counts[..shown]));
        }
        let _ = writeln!(text, "{}", row("all", &all[..shown]));
        let _ = writeln!(
            text,
            "{}: {} trials in {:.1} s",
            escaped(&self.client),
            self.trials.len(),
            self.seconds
        );
        text
    }

    /// The report as JSON.
    ///
    /// # Errors
    /// Never in practice.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        /// The report with what it comes to.
        #[derive(Serialize)]
        struct Whole<'a> {
            conforms: bool,
            problems: Vec<String>,
            #[serde(flatten)]
            report: &'a Report,
        }
        let whole = Whole { conforms: self.is_good(), problems: self.problems(), report: self };
        serde_json::to_string_pretty(&whole)
    }

    /// The report as the XML of `JUnit`, which build servers show: a suite for each group.
    pub fn junit(&self) -> String {
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let (failed, problems) = (self.failing().count(), self.problems());
        let _ = writeln!(
            text,
            "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" time=\"{:.3}\">",
            in_xml(&self.client),
            self.trials.len(),
            failed + problems.len(),
            self.seconds
        );
        let mut groups: BTreeMap<&str, Vec<&Verdicts>> = BTreeMap::new();
        for trial in &self.trials {
            groups.entry(trial.name.split('/').next().unwrap_or_default()).or_default().push(trial);
        }
        for (group, trials) in groups {
            let failed = trials.iter().filter(|trial| !trial.verdict.is_good()).count();
            let skipped = trials.iter().filter(|trial| is_skipped(&trial.verdict)).count();
            let _ = writeln!(
                text,
                "  <testsuite name=\"{group}\" tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\">",
                trials.len()
            );
            for trial in trials {
                let head = format!(
                    "    <testcase classname=\"whatsgate.{group}\" name=\"{}\" time=\"{:.3}\"",
                    in_xml(&trial.name),
                    trial.seconds
                );
                let _ = match &trial.verdict {
                    Verdict::Passed => writeln!(text, "{head}/>"),
                    Verdict::Failed { findings } => {
                        writeln!(
                            text,
                            "{head}><failure>{}</failure></testcase>",
                            in_xml(&findings.join("\n"))
                        )
                    }
                    Verdict::UnexpectedlyPassed { reason } => {
                        let why = in_xml(reason);
                        writeln!(
                            text,
                            "{head}><failure>it passed, and is known to fail: {why}</failure></testcase>"
                        )
                    }
                    Verdict::KnownFailure { reason, .. } => {
                        writeln!(text, "{head}><skipped message=\"known: {}\"/></testcase>", in_xml(reason))
                    }
                    Verdict::Skipped => {
                        writeln!(text, "{head}><skipped message=\"the client does not have it\"/></testcase>")
                    }
                    Verdict::NotRun => {
                        writeln!(text, "{head}><skipped message=\"it was not run\"/></testcase>")
                    }
                };
            }
            text.push_str("  </testsuite>\n");
        }
        if !problems.is_empty() {
            let _ =
                writeln!(text, "  <testsuite name=\"run\" tests=\"{0}\" failures=\"{0}\">", problems.len());
            for problem in &problems {
                let _ = writeln!(
                    text,
                    "    <testcase classname=\"whatsgate.run\" name=\"{0}\"><failure>{0}</failure></testcase>",
                    in_xml(problem)
                );
            }
            text.push_str("  </testsuite>\n");
        }
        text.push_str("</testsuites>\n");
        text
    }
}

fn is_skipped(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Skipped | Verdict::KnownFailure { .. } | Verdict::NotRun)
}

fn row(group: &str, columns: &[impl Display]) -> String {
    let mut row = format!("{group:8}");
    for column in columns {
        let _ = write!(row, " {column:>7}");
    }
    row
}

/// Text for XML, without what XML cannot hold.
fn in_xml(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                in_numbers(letter, &mut escaped);
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}
