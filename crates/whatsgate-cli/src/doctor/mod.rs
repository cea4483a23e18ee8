//! `whatsgate doctor`.

mod bundle;
mod callbacks;
mod disk;
mod events;
mod finding;
mod gateway;
mod http;
mod key;
mod place;
mod program;
mod report;
mod sessions;
mod shape;
mod store;
mod texts;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tokio::time::timeout;
use whatsgate_native::model::EventAction;

use self::bundle::{Bundle, Part};
use self::finding::{Finding, Id, Reader, State};
use self::gateway::{Asked, Question};
use self::report::Form;
use self::store::Looked;
use self::texts::Language;
use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::store_url::{StoreArgs, VARIABLE};
use crate::subcommand::Subcommand;

/// How long the callbacks may take in all.
const CALLBACKS: Duration = Duration::from_secs(15);

/// Tell whether it is you or the gateway, and what to do next
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate doctor
  whatsgate doctor --session 5f2a91c7d3e40 --store sqlite:shop.db --lang ru
  whatsgate doctor --json | jq '.findings[] | select(.state == \"problem\")'
  whatsgate doctor --bundle support.tar.gz

What is looked at:
  key        missing, copied with quotes, spaces or line breaks, refused
  gateway    name, port, certificate, proxy, path; whether it is down, slow, or none at all
  clock      this machine's beside the gateway's
  limits     whether the gateway says that there are too many requests
  sessions   which there are, and whether they are ready
  callbacks  whether the gateway can reach them, whose they are, whether they are doubled
  events     of two days: doubled ones, and the zone of their dates
  store      whether it opens and is sound, what waits in it, dead letters, unknown outcomes
  machine    free disk, whether the store can be written, the limit of open files

Each finding is ok, a note, a PROBLEM with the next step, or not checked. Nothing is sent or
changed at the gateway: it is asked for sessions and events only. It takes a minute at most.

--probe-callback posts {\"whatsgate_doctor\":\"…\"}, with a random text, to each callback, and judges
the answer. It comes from this machine, so that a firewall may treat the gateway differently.

--bundle packs what was found for support, with the shape of recent events and counts of the
store, as .tar.gz. What will be in it is listed before, and you are asked. No key, text, number,
chat, name or id of a session, or path of a callback is in it.

Exit codes:
  0  nothing is wrong; there may be notes, and what could not be checked
  1  at least one problem
  2  the command line has a mistake")]
pub(crate) struct Doctor {
    #[command(flatten)]
    store: StoreArgs,
    /// The language of what is said; by default that of the environment
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<Language>,
    /// Post something harmless to each callback, to see whether it can be reached
    #[arg(long)]
    probe_callback: bool,
    /// Pack what support needs into this file, after telling what that is
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Write the bundle without a question
    #[arg(long, short, requires = "bundle")]
    yes: bool,
    /// Replace a bundle that exists
    #[arg(long, requires = "bundle")]
    force: bool,
}

impl Subcommand for Doctor {
    fn facts(&self) -> Facts {
        Facts::session()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let output = &context.output;
        let language = self.lang.unwrap_or_else(Language::of_environment);
        let bundle = self.bundle.clone();
        let bundle = bundle.map(|path| Bundle::new(path, self.force, self.yes, output)).transpose()?;
        let spinner = output.spinner(&language.say("looking", &[]));
        let diagnosis = self.look(context, language).await?;
        drop(spinner);
        let findings = &diagnosis.findings;
        if output.is_json() {
            output.result(&members(findings, language, Reader::Caller), "")?;
        } else {
            output.picture(&Form::of_terminal(language).written(findings, |text| output.fit(text)))?;
        }
        let verdict = Verdict::of(findings);
        // What is wrong is said at the very end, as an error.
        if verdict.problems == 0 {
            output.say(format!("\n{}", verdict.text(language)))?;
        } else if bundle.is_none() {
            output.say("")?;
        }
        if let Some(bundle) = bundle {
            bundle.write(diagnosis.parts(language, |text| output.fit(text))?, language, output).await?;
        }
        if verdict.problems == 0 {
            return Ok(());
        }
        Err(CommandError::local(anyhow::anyhow!("{}", verdict.text(language))))
    }
}

/// All that was seen.
struct Diagnosis {
    findings: Vec<Finding>,
    asked: Asked,
    looked: Looked,
    /// Which settings are set, without their values.
    settings: Value,
}

impl Doctor {
    async fn look(&self, context: &Context, language: Language) -> Result<Diagnosis, CommandError> {
        let client = http::client().map_err(CommandError::local)?;
        let mut findings = program::look();
        let (of_key, key) = key::look(context.key());
        findings.extend(of_key);
        let question = Question {
            client: &client,
            base_url: context.base_url(),
            key: key.as_ref(),
            session: context.session_text(),
            language,
        };
        let (asked, looked) = tokio::join!(gateway::look(question), self.look_at_store(language));
        findings.extend(asked.findings.iter().cloned());
        findings.extend(looked.findings.iter().cloned());
        if let Some(sessions) = &asked.sessions {
            let look = callbacks::Look {
                client: &client,
                is_outside: asked.is_outside,
                store: looked.store.as_ref(),
                probe: self.probe_callback,
                language,
            };
            let found = timeout(CALLBACKS, look.at(sessions)).await;
            findings.extend(found.unwrap_or_else(|_| vec![Id::CallbackUnprobed.into()]));
        }
        findings.extend(disk::open_files());
        let is_set = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
        let base_url = match context.base_url().trim() {
            name @ ("ru" | "org") => name,
            "https://whatsgate.ru/api/v1" => "ru",
            "https://whatsgate.org/api/v1" => "org",
            _ => "other",
        };
        let settings = json!({
            "WHATSGATE_API_KEY": is_set(context.key().map(|key| key.0.as_str())),
            "WHATSGATE_SESSION": is_set(context.session_text()),
            "WHATSGATE_BASE_URL": base_url,
            VARIABLE: self.store.is_named(),
            "language": language.name(),
            "probeCallback": self.probe_callback,
        });
        Ok(Diagnosis { findings, asked, looked, settings })
    }

    async fn look_at_store(&self, language: Language) -> Looked {
        match self.store.url() {
            Ok(url) => store::look(&url, self.store.is_named(), language).await,
            Err(_) => Looked { findings: vec![Id::StoreMalformed.into()], ..Looked::default() },
        }
    }
}

impl Diagnosis {
    /// The files of a bundle.
    fn parts(&self, language: Language, fit: impl Fn(&str) -> String) -> Result<Vec<Part>, CommandError> {
        let form = Form::of_file(language);
        let text = form.written(&self.findings, str::to_owned);
        let text = format!("{text}\n\n{}\n", Verdict::of(&self.findings).text(language));
        let system = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "system": program::system(),
            "release": release(),
            "settings": self.settings,
        });
        let errors: Vec<_> = self.asked.errors.iter().chain(&self.looked.errors).collect();
        let met: Vec<_> =
            errors.iter().map(|(place, kind)| json!({ "where": place, "kind": kind })).collect();
        let told = |action| self.asked.pages.iter().flatten().filter(|event| event.action == action).count();
        let errors = json!({
            "met": met,
            "errorEvents": told(EventAction::Error),
            "disconnectEvents": told(EventAction::Disconnect),
        });
        let json = |value: &Value| {
            serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(CommandError::local)
        };
        let parts = [
            ("findings.txt", "file-findings-txt", text),
            (
                "findings.json",
                "file-findings-json",
                json(&members(&self.findings, language, Reader::Support))?,
            ),
            ("system.json", "file-system-json", json(&system)?),
            ("events.json", "file-events-json", json(&shape::of(self.asked.pages.iter().flatten()))?),
            ("store.json", "file-store-json", json(&self.looked.counts)?),
            ("errors.json", "file-errors-json", json(&errors)?),
        ];
        Ok(parts.map(|(name, what, content)| Part { name, what, content: fit(&content) }).into())
    }
}

/// How many findings there are of each state that matters.
struct Verdict {
    problems: usize,
    notes: usize,
    unchecked: usize,
}

impl Verdict {
    fn of(findings: &[Finding]) -> Self {
        let count = |state| findings.iter().filter(|finding| finding.state == state).count();
        Self {
            problems: count(State::Problem),
            notes: count(State::Note),
            unchecked: count(State::NotChecked),
        }
    }

    fn text(&self, language: Language) -> String {
        let name = if self.problems > 0 { "wrong" } else { "right" };
        let Self { problems, notes, unchecked } = self;
        language.say(name, &[("problems", problems), ("notes", notes), ("unchecked", unchecked)])
    }
}

/// The findings for scripts, in the order of their telling.
fn members(findings: &[Finding], language: Language, reader: Reader) -> Value {
    let mut sorted: Vec<_> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.id.group());
    let verdict = Verdict::of(findings);
    json!({
        "healthy": verdict.problems == 0,
        "problems": verdict.problems,
        "notes": verdict.notes,
        "notChecked": verdict.unchecked,
        "findings": sorted.iter().map(|finding| finding.members(language, reader)).collect::<Vec<_>>(),
    })
}

/// What the system calls itself.
fn release() -> Option<String> {
    let text = std::fs::read_to_string("/etc/os-release").ok()?;
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').to_owned())
}
