//! A case with one permutation: what is asked, what the gateway does, what is expected.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use whatsgate_sandbox::FaultRule;

use crate::case::{Case, CaseFile, Ending, Expect, GatewaySpec, Permutation, ReplySpec};
use crate::change::Changed;
use crate::pattern::Pattern;

/// One trial of a client.
#[derive(Clone, Debug)]
pub struct Trial {
    pub(crate) name: String,
    pub(crate) command: String,
    pub(crate) arguments: Map<String, Value>,
    pub(crate) defaults: BTreeMap<String, Value>,
    pub(crate) timeout_ms: u64,
    pub(crate) replies: Vec<ScriptedReply>,
    pub(crate) faults: Vec<FaultRule>,
    pub(crate) gateway: GatewaySpec,
    /// What the client must show.
    pub(crate) shown: Option<Value>,
    /// Places in that whose value no client has to understand.
    pub(crate) loose: Vec<String>,
    pub(crate) expect: Expect,
}

#[derive(Clone, Debug)]
pub(crate) struct ScriptedReply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) text: String,
}

/// How long clients wait, if the permutation does not say: longer than any reply takes that comes.
const PATIENCE_MS: u64 = 5000;

/// Commands whose repetition does something else.
const ONCE: [&str; 3] = ["send", "session-create", "session-delete"];

impl Trial {
    /// All trials of these files, in their order.
    ///
    /// ```
    /// use whatsgate_conformance::{CaseFile, Trial};
    ///
    /// let trials = Trial::all(&CaseFile::own()?);
    /// assert!(trials.len() >= 1000);
    /// # Ok::<(), whatsgate_conformance::CaseError>(())
    /// ```
    pub fn all(files: &[CaseFile]) -> Vec<Self> {
        let mut trials = Vec::new();
        for file in files {
            for case in &file.cases {
                let plain = Permutation {
                    name: "as-is".to_owned(),
                    change: None,
                    reply: None,
                    faults: Vec::new(),
                    expect: None,
                    timeout_ms: None,
                };
                if !case.only_permutations {
                    trials.extend(permuted(&file.group, case, &plain));
                }
                let sets = case.with.iter().filter_map(|set| file.permutations.get(set));
                for permutation in sets.flatten() {
                    trials.extend(permuted(&file.group, case, permutation));
                }
            }
        }
        trials
    }

    /// The name: group, case and permutation, with slashes between them.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same trial under another name.
    pub fn renamed(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The command that the client carries out, or `events`, `poll`, `webhook`.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Whether it is meant by one of these patterns; by none means by all.
    pub fn is_of(&self, patterns: &[Pattern]) -> bool {
        patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(&self.name))
    }

    /// How many requests may come, and how many must.
    pub(crate) fn requests(&self) -> std::ops::RangeInclusive<usize> {
        let none = self.command == "webhook";
        let most = if none {
            0
        } else if ONCE.contains(&self.command.as_str()) {
            1
        } else {
            100
        };
        let least = usize::from(!none);
        self.expect.least_requests.unwrap_or(least)..=self.expect.most_requests.unwrap_or(most)
    }
}

fn permuted(group: &str, case: &Case, permutation: &Permutation) -> Vec<Trial> {
    let expect = permutation.expect.clone().unwrap_or_else(|| case.expect.clone());
    let trial = |place: Option<String>, replies: Vec<ScriptedReply>, meant: Option<&Value>| {
        let mut name = format!("{group}/{}/{}", case.name, permutation.name);
        if let Some(place) = place {
            name.push('/');
            name.push_str(&place);
        }
        let shown = case.shows.as_ref().and_then(|place| meant?.pointer(place).cloned());
        let shown = expect.value.clone().or(shown).filter(|_| expect.ends != Ending::Error);
        let inner = |place: &String| Some(place.strip_prefix(case.shows.as_deref()?)?.to_owned());
        let mut arguments = case.arguments.clone();
        let mut replies = replies;
        if case.command == "webhook" {
            // The reply is what is posted.
            let posted = replies.pop().map(|reply| reply.text).unwrap_or_default();
            arguments.insert("body".to_owned(), posted.into());
        }
        Trial {
            name,
            command: case.command.clone(),
            arguments,
            defaults: case.defaults.clone(),
            timeout_ms: permutation.timeout_ms.unwrap_or(PATIENCE_MS),
            replies,
            faults: permutation.faults.iter().chain(&case.faults).cloned().collect(),
            gateway: case.gateway.clone(),
            shown,
            loose: case.loose.iter().filter_map(inner).collect(),
            expect: expect.clone(),
        }
    };
    let scripted = |spec: &ReplySpec, text: Option<String>| ScriptedReply {
        status: spec.status,
        content_type: spec.content_type.clone(),
        text: text
            .or_else(|| spec.text.clone())
            .unwrap_or_else(|| spec.body.clone().unwrap_or_default().to_string()),
    };
    if let Some(reply) = &permutation.reply {
        return vec![trial(None, vec![scripted(reply, None)], reply.body.as_ref())];
    }
    let Some((last, before)) = case.replies.split_last() else { return vec![trial(None, Vec::new(), None)] };
    let before: Vec<_> = before.iter().map(|spec| scripted(spec, None)).collect();
    let with = |text| before.iter().cloned().chain([scripted(last, text)]).collect::<Vec<_>>();
    match (permutation.change, &last.body) {
        (Some(change), Some(body)) => {
            let changed = change.apply(body, &case.optional).into_iter();
            changed
                .map(|Changed { place, text, meant }| trial(place, with(Some(text)), Some(&meant)))
                .collect()
        }
        _ => vec![trial(None, with(None), last.body.as_ref())],
    }
}
