//! `whatsgate campaign run`.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::future::ready;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use dialoguer::Confirm;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use whatsgate_durable::store::durable::Millis;
use whatsgate_durable::store::{pacing, poll};
use whatsgate_durable::{Absent, Class, Forecast, Limits, Outbox, OutboxError, Post, Store, StoreError};
use whatsgate_native::model::{OutgoingMessage, SessionId};

use crate::command_error::{CommandError, Unsent};
use crate::consume::ask;
use crate::context::Context;
use crate::interrupt::interrupted;
use crate::journal;
use crate::limits::LimitArgs;
use crate::output::Output;
use crate::progress::Pace;
use crate::report_file::is_same;
use crate::sending::{Sending, Sends, Way};
use crate::store_url::StoreArgs;
use crate::{tables, text};

use super::checked::{CampaignList, Summary};
use super::control::{Going, again, campaign_name, going, prefix, take_back};
use super::mistakes::{Mistake, Mistakes};
use super::plan::ListArgs;
use super::report::Report;
use super::row::CampaignRow;
use super::standing::Standing;
use super::{counted, of_mistakes, read, shown};

/// How many rows are put at the same time.
const AT_ONCE: usize = 64;
/// After so many rows it is looked whether it is time to say how many are put.
const TOLD: u64 = 100;
/// How often it is looked how far it is.
const LOOK: Duration = Duration::from_millis(500);
/// How long events are waited for that tell what became of a message, once all others are done.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many days of a forecast are shown.
const MOST_DAYS: usize = 7;

/// Send one text to everybody on a list, each once; called again it goes on
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate campaign run list.csv --text \"Dear {name}, your order has come\" --dry-run
  whatsgate campaign run list.csv --text \"Dear {name}, your order has come\" \\
    --quiet 21:00-09:00 --zone Europe/Moscow
  whatsgate campaign run list.csv --text \"Invoice {invoice}\" --file-column file --daily 300

All rows are looked at before anything is sent. Each is kept in the store under the key
campaign/NAME/ROW, so that the same command goes on after whatever ended it, and sends no
row again. A row whose message is another one than before refuses the whole run. What else
is queued in the store is sent as well, the more urgent first.

Who wants no bulk is left out, and counts as cancelled.

Exit codes: 0 all are sent or cancelled; 1 some were not sent; 2 nothing was begun, because
of a mistake; 3 some wait, are unknown, or were refused by the service, which may have sent
them all the same: run the same command again.")]
pub(crate) struct Run {
    #[command(flatten)]
    list: ListArgs,
    /// The campaign's name, which tells it from others with the same rows [default: the list's, without its extension]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Look at the list, say how long it takes, and send nothing
    #[arg(long = "dry-run")]
    dry: bool,
    /// Ask nothing
    #[arg(long, short)]
    yes: bool,
    /// Where to write what became of each row [default: NAME.report.csv beside the list]
    #[arg(long, value_name = "PATH")]
    report: Option<PathBuf>,
    /// Send again what events show to be not sent, instead of leaving it unknown: where they are wrong, it comes twice
    #[arg(long)]
    resend_absent: bool,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    store: StoreArgs,
}

/// A campaign whose list was looked at.
struct Begun {
    list: CampaignList,
    path: PathBuf,
    name: String,
    outbox: Outbox,
    session: SessionId,
    /// How many rows the list has.
    rows: u64,
}

/// How far it is, in lines, where nobody watches a terminal.
struct Lines<'a> {
    output: &'a Output,
    pace: RefCell<Pace>,
}

impl Lines<'_> {
    fn tell(&self, text: &str, members: &Value) {
        if !self.output.is_watched() && self.pace.borrow_mut().is_due(Instant::now(), text) {
            self.output.remark(members.clone(), text);
        }
    }
}

impl Run {
    pub(crate) fn is_dry(&self) -> bool {
        self.dry
    }

    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let path = self.list.list.clone();
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let name = campaign_name(self.name.as_deref().unwrap_or(&stem))?;
        let limits = self.limits.read()?;
        let report = self.report.clone();
        let report = report.unwrap_or_else(|| path.with_file_name(format!("{name}.report.csv")));
        if is_same(&report, &path) {
            return Err(CommandError::usage(
                "--report: this is the list; the report needs a file of its own",
            ));
        }
        let session = context.session_id()?;
        let mut asked_to_end = interrupted()?;
        let is_encoding_given = self.list.encoding.is_some();
        let begin = async {
            let (list, summary) = read(context, self.list).await?;
            if self.dry {
                let store = self.store.open_if_there().await?.unwrap_or_else(Store::memory);
                let (new, waiting) = match &session {
                    Some(session) => {
                        let begun = Begun::new(list, summary.messages, &path, &name, &store, session);
                        (begun.look().await?, begun.standing().await?.waiting)
                    }
                    None => (summary.messages, 0),
                };
                let forecast = forecast(&store, session.as_ref(), limits.as_ref(), new).await?;
                let mut members = json!(summary);
                members["campaign"] = name.as_str().into();
                members["new"] = new.into();
                members["waiting"] = waiting.into();
                members["forecast"] = json!(forecast);
                let list = path.display().to_string();
                let text =
                    format!("{}\n\n{}", shown(&list, &summary), expected(new, waiting, forecast.as_ref()));
                context.output.result(&members, text)?;
                return Ok(None);
            }
            let session = context.session()?;
            let client = context.client()?;
            let address = self.store.url()?;
            if address.beside("").is_some_and(|store| is_beside(&report, &store)) {
                return Err(CommandError::usage(
                    "--report: this is a file of the store; the report needs one of its own",
                ));
            }
            let store = address.open_lasting().await?;
            let going = going(&store, &name).await?;
            if going == Going::Paused {
                return Err(CommandError::local(anyhow::anyhow!(
                    "the campaign is paused: `whatsgate campaign resume {}` lets it go on",
                    text::word(&name)
                )));
            }
            let id = session.id().as_str().to_owned();
            store.run(move |tables| journal::for_sending(tables, &id)).await?;
            ask(&context.output, &client, Some(session.id())).await?;
            let begun = Begun::new(list, summary.messages, &path, &name, &store, session.id());
            let new = begun.look().await?;
            let waiting = begun.standing().await?.waiting;
            if going == Going::Stopped && new + waiting > 0 {
                return Err(CommandError::local(anyhow::anyhow!(
                    "the campaign was stopped, and nothing of it is sent: {}",
                    again(&name)
                )));
            }
            let forecast = forecast(&store, Some(session.id()), limits.as_ref(), new).await?;
            if new > 0 && !is_encoding_given {
                tell_guess(&summary, &context.output);
            }
            let members = json!({ "campaign": name, "new": new, "waiting": waiting, "forecast": forecast });
            let expected = expected(new, waiting, forecast.as_ref());
            context.output.tell(&members, &expected)?;
            if !self.yes && !is_wanted(new + waiting).await? {
                return Ok(None);
            }
            if !context.output.is_json() && !context.output.is_watched() {
                context.output.note(expected.lines().next().unwrap_or_default());
            }
            // Where the report cannot be written, nothing is sent.
            drop(Report::begin(&report, begun.list.report_form(), &store, &prefix(&name))?);
            let absent = if self.resend_absent { Absent::Resend } else { Absent::Hold };
            let id = session.id().clone();
            Ok(Some((begun, Way { client, store, session: id, limits, absent, only: None })))
        };
        let begun = tokio::select! {
            begun = begin => begun?,
            () = &mut asked_to_end => return Err(CommandError::local(anyhow::anyhow!("interrupted; nothing was sent"))),
        };
        match begun {
            Some((begun, way)) => begun.run(context, &way, &report, asked_to_end).await,
            None => Ok(()),
        }
    }
}

/// Asks whoever is at a terminal.
async fn is_wanted(messages: u64) -> Result<bool, CommandError> {
    if messages == 0 || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(true);
    }
    let prompt = format!("Send {}?", counted(messages, "message", "messages"));
    let asked = tokio::task::spawn_blocking(|| Confirm::new().with_prompt(prompt).default(false).interact());
    asked.await.map_err(CommandError::local)?.map_err(CommandError::local)
}

/// Texts that were read in the wrong encoding go out garbled, and cannot be called back.
fn tell_guess(summary: &Summary, output: &Output) {
    if summary.encoding != "UTF-8" && !summary.by_mark {
        output.note(&format!(
            "the list is read as {}, because it is not UTF-8; --dry-run shows its texts, --encoding names another",
            summary.encoding
        ));
    }
}

async fn store_time(store: &Store) -> Result<Millis, CommandError> {
    Ok(store.run(|tables| tables.now()).await?)
}

async fn round_began(store: &Store) -> Result<Option<Millis>, CommandError> {
    Ok(store.run(|tables| poll::round_began(tables)).await?)
}

/// Whether a file is a store's, or one of those that stand beside it under its name and more.
fn is_beside(file: &Path, store: &Path) -> bool {
    let place = |path: &Path| {
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        (folder.canonicalize().ok(), path.file_name().map(|name| name.to_string_lossy().into_owned()))
    };
    let ((folder, name), (of_store, store)) = (place(file), place(store));
    folder == of_store && name.zip(store).is_some_and(|(name, store)| name.starts_with(&store))
}

/// When so many messages will have left beside what is queued already; none without limits.
async fn forecast(
    store: &Store,
    session: Option<&SessionId>,
    limits: Option<&Limits>,
    new: u64,
) -> Result<Option<Forecast>, CommandError> {
    let Some(limits) = limits.cloned() else { return Ok(None) };
    let session = session.map(|session| session.as_str().to_owned()).unwrap_or_default();
    let forecast =
        store.run(move |tables| pacing::forecast(tables, &session, &limits, Some((Class::Bulk, new))));
    Ok(Some(forecast.await?))
}

/// What is going to leave: what is new, and what earlier runs have put and not sent.
fn expected(new: u64, waiting: u64, forecast: Option<&Forecast>) -> String {
    let mut text = format!("{} to send", counted(new + waiting, "message is", "messages are"));
    if waiting > 0 {
        let _ = write!(text, ", {waiting} of them in the store already");
    }
    let Some(forecast) = forecast else {
        text.push_str(", without limits");
        return text;
    };
    let Some(last) = forecast.last else {
        if forecast.left > 0 {
            text.push_str("; the limits let none of them leave");
        }
        return text;
    };
    let _ = write!(
        text,
        "; with what is queued already the last one leaves at about {} UTC",
        tables::millis(last)
    );
    if forecast.by_day.len() > 1 {
        for day in forecast.by_day.iter().take(MOST_DAYS) {
            let _ = write!(text, "\n  {}  {}", day.date, day.starts);
        }
        match forecast.by_day.len().saturating_sub(MOST_DAYS) {
            0 => {}
            more => {
                let _ = write!(text, "\n  and {more} more days");
            }
        }
    }
    if forecast.left > 0 {
        let _ = write!(text, "\n{} within a year", counted(forecast.left, "does not leave", "do not leave"));
    }
    text
}

impl Begun {
    fn new(
        list: CampaignList,
        rows: u64,
        path: &Path,
        name: &str,
        store: &Store,
        session: &SessionId,
    ) -> Self {
        let outbox = Outbox::new(store.clone());
        Self { list, path: path.to_owned(), name: name.to_owned(), outbox, session: session.clone(), rows }
    }

    fn post(&self, row: CampaignRow) -> Post {
        let key = format!("{}{}", prefix(&self.name), row.key);
        let text = row.text.unwrap_or_default();
        let post = match row.file {
            Some(path) => Post::file(key, &self.session, row.recipient, path, text),
            None => Post::new(key, &self.session, row.recipient, OutgoingMessage::text(text)),
        };
        post.with_class(Class::Bulk)
    }

    /// The rows once more. What was right may be wrong by now.
    fn rows(&self) -> Result<impl Iterator<Item = Result<CampaignRow, CommandError>>, CommandError> {
        let rows = self.list.rows().map_err(|mistake| self.mistake(vec![mistake]))?;
        Ok(rows.map(|row| row.map_err(|wrong| self.mistake(wrong))))
    }

    fn mistake(&self, found: Vec<Mistake>) -> CommandError {
        let mut mistakes = Mistakes::new(&self.path);
        mistakes.extend(found);
        of_mistakes(mistakes)
    }

    /// Looks whether all rows may be put, and says how many are not there already.
    async fn look(&self) -> Result<u64, CommandError> {
        let looked = stream::iter(self.rows()?).map(|row| async {
            let row = row?;
            let line = row.line;
            Ok::<_, CommandError>((line, self.outbox.find(self.post(row)).await))
        });
        let mut looked = Box::pin(looked.buffered(AT_ONCE));
        let mut mistakes = Mistakes::new(&self.path);
        let mut new = 0;
        while let Some(looked) = looked.next().await {
            match looked? {
                (_, Ok(None)) => new += 1,
                (_, Ok(Some(_))) => {}
                (line, Err(OutboxError::Store(StoreError::OtherMessage))) => mistakes.extend([Mistake::at(
                    line,
                    "the campaign has another message for this row already (its text, file, recipient or session was \
                     another one). What is to be sent besides needs another --name, which sends it to those as well who \
                     have got the first one",
                )]),
                (line, Err(OutboxError::Invalid(why))) => mistakes.extend([Mistake::at(line, why)]),
                (_, Err(error)) => return Err(error.into()),
            }
        }
        if mistakes.is_empty() { Ok(new) } else { Err(of_mistakes(mistakes)) }
    }

    /// Puts all rows, in their order, and counts them. After one that cannot be put it puts those only that it had begun with.
    async fn put(&self, rows: &Cell<u64>, tell: impl Fn(u64)) -> Result<(), CommandError> {
        let has_failed = Cell::new(false);
        let put = stream::iter(self.rows()?)
            .take_while(|_| ready(!has_failed.get()))
            .map(|row| async { Ok::<_, CommandError>(self.outbox.post(self.post(row?)).await?) });
        let mut put = Box::pin(put.buffered(AT_ONCE));
        let mut failed = None;
        while let Some(put) = put.next().await {
            match put {
                Ok(_) => {
                    rows.set(rows.get() + 1);
                    tell(rows.get());
                }
                Err(error) => {
                    has_failed.set(true);
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// What went wrong on this machine when rows were in the store already: these may be sent.
    fn broken_off(&self, error: CommandError, put: u64) -> CommandError {
        let Some(said) = error.of_this_machine().filter(|_| put > 0) else { return error };
        let (all, stop) = (self.rows, text::word(&self.name));
        let (what, then) = if put < all {
            (format!("{put} of {all} rows are"), "puts the others and sends each row once")
        } else {
            (format!("all {} are", counted(all, "row", "rows")), "goes on, and sends each row once")
        };
        Unsent {
            message: format!("{said}; {what} in the store, and sent already or queued"),
            kind: "store",
            advice: format!(
                "Once that is mended run the same command again: it {then}. Whatever else sends from this store sends what \
                 is queued: `whatsgate campaign stop {stop}` takes it back."
            ),
            state: None,
            is_open: true,
        }
        .into()
    }

    async fn standing(&self) -> Result<Standing, CommandError> {
        Ok(Standing::of(&self.outbox.count(&prefix(&self.name)).await?))
    }

    /// Sends, or waits until another process has sent, and tells how far it is.
    async fn follow(
        &self,
        way: &Way,
        lines: &Lines<'_>,
        rows: u64,
        sending: &mut Option<Box<Sending>>,
    ) -> Result<(), CommandError> {
        let output = lines.output;
        let others = self.standing().await?.messages.saturating_sub(rows);
        if others > 0 {
            output.note(&format!(
                "{} of this campaign that the list does not name any more",
                counted(others, "message is", "messages are")
            ));
        }
        let bar = output.spinner("sending").counting(rows);
        let (mut has_told, mut was) = (false, Going::On);
        let mut quiet_since: Option<(Instant, Millis)> = None;
        loop {
            let standing = self.standing().await?;
            bar.set(
                standing.messages - standing.waiting - standing.unknown,
                format!("{} failed, {} unknown", standing.failed, standing.unknown),
            );
            lines.tell(&self.shown(&standing), &self.members(&standing));
            let going = going(&way.store, &self.name).await?;
            if going != was {
                bar.suspend(|| match going {
                    Going::On => {}
                    Going::Paused => output.note("the campaign is paused, and goes on once it is resumed"),
                    Going::Stopped => {
                        output.note("the campaign is stopped: what is queued of it is taken back");
                    }
                });
            }
            was = going;
            if going == Going::Stopped {
                take_back(&way.store, &self.name, &mut 0).await?;
            }
            if sending.is_none() {
                match way.start().await? {
                    Sends::This(started) => *sending = Some(started),
                    Sends::Other(owner) if !has_told => {
                        has_told = true;
                        bar.suspend(|| {
                            output.note(&format!(
                                "process {owner} has the store, and sends by its own limits if it is one that sends; \
                                 otherwise this one sends once that has ended"
                            ));
                        });
                    }
                    Sends::Other(_) => {}
                }
            }
            if standing.waiting > 0 {
                quiet_since = None;
            } else {
                let (since, now) = match quiet_since {
                    Some(since) => since,
                    None => *quiet_since.insert((Instant::now(), store_time(&way.store).await?)),
                };
                // What was refused may show in an event all the same.
                let is_seen = standing.unknown == 0
                    && (standing.failed == 0 || round_began(&way.store).await? > Some(now));
                if is_seen || since.elapsed() > PATIENCE {
                    return Ok(());
                }
            }
            sleep(LOOK).await;
        }
    }

    async fn run(
        self,
        context: &Context,
        way: &Way,
        report: &Path,
        mut asked_to_end: impl Future<Output = ()> + Unpin,
    ) -> Result<(), CommandError> {
        let mut sending = None;
        let put = Cell::new(0);
        let worked = {
            let work = async {
                let lines = Lines { output: &context.output, pace: RefCell::new(Pace::new(Instant::now())) };
                {
                    let _spinner = context.output.spinner("putting the messages into the store");
                    let all = self.rows;
                    self.put(&put, |rows| {
                        if rows % TOLD == 0 {
                            lines.tell(
                                &format!("{rows} of {all} rows are in the store"),
                                &json!({ "put": rows }),
                            );
                        }
                    })
                    .await?;
                }
                self.follow(way, &lines, put.get(), &mut sending).await
            };
            tokio::select! {
                worked = work => worked,
                () = &mut asked_to_end => {
                    let others = if sending.is_none() {
                        format!(
                            "what the other process sends goes on: `whatsgate campaign pause {}` keeps it from that",
                            text::word(&self.name)
                        )
                    } else {
                        "ending once what is being sent is stored; Ctrl+C again ends at once".to_owned()
                    };
                    context.output.note(&others);
                    Ok(())
                }
            }
        };
        if let Some(sending) = sending {
            tokio::select! {
                () = sending.stop() => {}
                () = interrupted()? => {}
            }
        }
        let standing = self.report(report, &way.store).await;
        let standing = worked.and(standing).map_err(|error| self.broken_off(error, put.get()))?;
        if !context.output.is_json() && !context.output.is_watched() {
            context.output.note(&self.shown(&standing));
        }
        self.tell(context, &standing, report)
    }

    async fn report(&self, path: &Path, store: &Store) -> Result<Standing, CommandError> {
        let mut report = Report::begin(path, self.list.report_form(), store, &prefix(&self.name))?;
        for row in self.rows()? {
            report.add(row?).await?;
        }
        report.keep().await
    }

    fn shown(&self, standing: &Standing) -> String {
        format!("{}: {}", text::plain(&self.name), standing.shown())
    }

    fn members(&self, standing: &Standing) -> Value {
        let mut members = json!(standing);
        members["campaign"] = self.name.as_str().into();
        members
    }

    fn tell(&self, context: &Context, standing: &Standing, report: &Path) -> Result<(), CommandError> {
        let mut members = self.members(standing);
        members["report"] = report.display().to_string().into();
        let shown = report.display().to_string();
        context
            .output
            .result(&members, format!("{}\nthe report is {}", self.shown(standing), text::plain(&shown)))?;
        // It was interrupted before all were in the store.
        let missing = self.rows.saturating_sub(standing.messages);
        let open = standing.waiting + standing.unknown + missing;
        if open > 0 {
            let what = if missing > 0 { "not put yet, still queued" } else { "still queued" };
            let are = counted(open, "message is", "messages are");
            let message = format!("{are} {what} or of unknown outcome");
            let advice = "Run the same command again: it goes on, and sends nothing twice. What stays unknown was looked for in \
                          vain: look into the chats, and `whatsgate outbox resolve` takes down what you saw. With \
                          --resend-absent it is sent again once a message that was sent later is seen."
                .to_owned();
            return Err(Unsent { message, kind: "queued", advice, state: None, is_open: true }.into());
        }
        let again = format!("`whatsgate outbox retry --prefix {}`", text::word(&prefix(&self.name)));
        if standing.refused > 0 {
            let message = format!(
                "the service refused {}, and may have sent what it refused",
                counted(standing.refused, "message", "messages")
            );
            let advice = format!(
                "The report has the service's words. Look whether the chats have them, or run the same command again, which \
                 looks into the events; {again} sends them again."
            );
            return Err(Unsent { message, kind: "refused", advice, state: None, is_open: true }.into());
        }
        if standing.failed > 0 {
            let message =
                format!("{} sent", counted(standing.failed, "message was not", "messages were not"));
            let advice = format!("The report says why; {again} sends them again.");
            return Err(Unsent { message, kind: "refused", advice, state: None, is_open: false }.into());
        }
        Ok(())
    }
}
