//! What is printed: tables and sentences for people, JSON for scripts.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde::Serialize;
use serde_json::json;
use whatsgate_native::files::Progress;
use whatsgate_native::model::{Chat, ChatId, Event, EventData, Message, SessionInfo, Unreadable, WireDate};

use crate::failure::{Cause, Failure};
use crate::text::{self, Secret, plain};

/// Of the 256 colours, since a theme may change the first 16.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

const UNSIZED: &str = "{spinner} {msg} {bytes} ({elapsed})";
const SIZED: &str = "{spinner} {msg} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";

pub(crate) struct Output {
    json: bool,
    secret: Secret,
}

impl Output {
    pub(crate) fn new(json: bool, secret: Secret) -> Self {
        Self { json, secret }
    }

    /// A sentence for people; nothing for scripts.
    pub(crate) fn say(&self, text: impl AsRef<str>) -> Result<(), Failure> {
        if self.json { Ok(()) } else { line(&self.fit(text.as_ref()), Cause::Progress) }
    }

    /// A picture for people, with the codes that colour it.
    pub(crate) fn picture(&self, text: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { line(text, Cause::Progress) }
    }

    /// Something worth knowing that does not end the command, on standard error.
    #[allow(clippy::print_stderr)]
    pub(crate) fn note(&self, text: &str) {
        let text = self.fit(text);
        if self.json {
            eprintln!("{}", json!({ "note": { "message": text } }));
        } else {
            eprintln!("note: {text}");
        }
    }

    /// What the terminal may be given.
    fn fit(&self, text: &str) -> String {
        text::lines(&self.secret.hide(text))
    }

    /// The result: a document for scripts, `text` for people.
    pub(crate) fn result(&self, value: &impl Serialize, text: impl AsRef<str>) -> Result<(), Failure> {
        if self.json {
            line(&serde_json::to_string(value).map_err(Failure::local)?, Cause::Output)
        } else {
            line(&self.fit(text.as_ref()), Cause::Output)
        }
    }

    /// A sign of life while something takes long; none when nobody watches.
    pub(crate) fn spinner(&self, text: &str) -> Spinner {
        if self.json || !io::stderr().is_terminal() {
            return Spinner(None);
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(text.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Spinner(Some(bar))
    }

    /// How far a file has come, once there is something to tell.
    pub(crate) fn transfer(&self, text: &str) -> Spinner {
        let spinner = self.spinner(text);
        if let (Some(bar), Ok(style)) = (&spinner.0, ProgressStyle::with_template(UNSIZED)) {
            bar.set_style(style);
        }
        spinner
    }
}

/// Goes away when dropped.
pub(crate) struct Spinner(Option<ProgressBar>);

impl Spinner {
    /// Goes away while `print` prints, and comes back below.
    pub(crate) fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// What the transfer calls.
    pub(crate) fn report(&self) -> impl FnMut(Progress) + Send + 'static {
        let bar = self.0.clone();
        move |progress| {
            let Some(bar) = &bar else { return };
            if let Some(total) = progress.total
                && bar.length() != Some(total)
                && let Ok(style) = ProgressStyle::with_template(SIZED)
            {
                bar.set_length(total);
                bar.set_style(style);
            }
            bar.set_position(progress.bytes);
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn line(text: &str, cause: impl FnOnce(io::Error) -> Cause) -> Result<(), Failure> {
    print(format!("{text}\n").as_bytes(), cause)
}

/// Prints what is no text of others.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    print(bytes, Cause::Output)
}

/// Prints to standard output. A reader that went away, such as `head`, is no error.
fn print(bytes: &[u8], cause: impl FnOnce(io::Error) -> Cause) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        result => result.map_err(|error| cause(error).into()),
    }
}

fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head);
    table
}

fn time(seconds: Option<i64>) -> String {
    let mut text =
        seconds.map(|seconds| WireDate::from_unix_seconds_as_utc(seconds).to_string()).unwrap_or_default();
    // Without seconds a row fits into 80 columns.
    text.truncate("YYYY-MM-DD HH:MM".len());
    text
}

fn notes(chat: &Chat) -> String {
    let notes = [(chat.pinned, "pinned"), (chat.is_muted, "muted"), (chat.is_read_only, "read only")];
    let held: Vec<&str> = notes.iter().filter(|(holds, _)| *holds).map(|(_, note)| *note).collect();
    held.join(", ")
}

/// The chats as a table, the last active first.
pub(crate) fn chats(chats: &[Chat]) -> String {
    let mut sorted: Vec<&Chat> = chats.iter().collect();
    sorted.sort_by_key(|chat| std::cmp::Reverse(chat.timestamp));
    let notable = chats.iter().any(|chat| !notes(chat).is_empty());
    let head = ["Chat", "Name", "Kind", "Unread", "Active (UTC)", "Notes"];
    let mut table = table(if notable { &head } else { &head[..5] });
    for chat in sorted {
        let kind = match chat.group() {
            Some(group) => format!("group of {}", group.participants.len()),
            None if chat.is_group() => "group".to_owned(),
            None => "contact".to_owned(),
        };
        let mut row = vec![
            chat.id.to_string(),
            plain(&chat.name),
            kind,
            chat.unread_count.to_string(),
            time(chat.timestamp),
        ];
        if notable {
            row.push(notes(chat));
        }
        table.add_row(row);
    }
    table.to_string()
}

/// The sessions as a table.
pub(crate) fn sessions(sessions: &[SessionInfo]) -> String {
    let mut table = table(&["Session", "Name", "State", "Account", "Webhook", "Created"]);
    for session in sessions {
        let account = [session.pushname.clone(), session.wid.as_ref().map(ToString::to_string)];
        table.add_row([
            session.unique_id.to_string(),
            plain(&session.name),
            plain(&session.status.as_ref().map(ToString::to_string).unwrap_or_default()),
            account.iter().flatten().map(|text| plain(text)).collect::<Vec<_>>().join("\n"),
            plain(session.callback.as_deref().unwrap_or_default()),
            session.date_add.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]);
    }
    table.to_string()
}

/// An event in one line.
pub(crate) fn event(event: &Event) -> String {
    let date = event.date.as_ref().map_or("                   ", |date| date.as_str());
    let what = match &event.data {
        EventData::Ready(ready) => {
            format!(
                "{} is linked",
                ready.pushname.as_deref().or(ready.number.as_deref()).unwrap_or("the account")
            )
        }
        EventData::Error(report) => report.error.clone().unwrap_or_default(),
        EventData::Disconnect(disconnect) => disconnect.reason.clone().unwrap_or_default(),
        EventData::Other => event.raw_data().map(|raw| raw.as_str().to_owned()).unwrap_or_default(),
        EventData::Unreadable { reason } => format!("cannot be read: {reason}"),
        data => data.message().map(message).unwrap_or_default(),
    };
    plain(&format!("{date}  {:>3}  {:<7} {what}", event.id, event.action.as_str()))
}

/// A person by the number, anything else by the id; `send` takes both.
fn party(id: &ChatId) -> String {
    id.phone().map_or_else(|| id.to_string(), |number| number.to_string())
}

/// A message in one line.
pub(crate) fn message(message: &Message) -> String {
    let party = |id: &Option<ChatId>| id.as_ref().map_or_else(|| "?".to_owned(), party);
    // One's own account is the other end of every message, so it is left out.
    let mut text = if message.id.is_outgoing() {
        format!("to {}:", party(&message.to))
    } else {
        match &message.author {
            Some(_) => format!("from {} in {}:", party(&message.author), party(&message.from)),
            None => format!("from {}:", party(&message.from)),
        }
    };
    let kind = message.kind.as_ref().map(ToString::to_string).filter(|kind| kind != "chat");
    let ack = message.ack.map(|ack| ack.name().map_or_else(|| ack.0.to_string(), str::to_owned));
    if let Some(kind) = kind {
        text.push_str(&format!(" [{kind}]"));
    }
    if !message.body.is_empty() {
        text.push_str(&format!(" {}", message.body));
    }
    if let Some(ack) = ack.filter(|_| message.id.is_outgoing()) {
        text.push_str(&format!(" ({ack})"));
    }
    text
}

/// An element that could not be read, for standard error.
pub(crate) fn unreadable(element: &Unreadable) -> String {
    format!("element {} cannot be read: {}", element.index, element.reason)
}

/// A QR code of half blocks with its quiet zone: black on white whatever the terminal's colours are, and plain where
/// nobody watches.
pub(crate) fn qr(text: &str) -> Option<String> {
    // The least correction makes the smallest code: those of WhatsApp then fit into 80 columns.
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    if !io::stdout().is_terminal() {
        return Some(
            code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build(),
        );
    }
    let lines = code.render::<Dense1x2>().dark_color(Dense1x2::Dark).light_color(Dense1x2::Light).build();
    Some(lines.lines().flat_map(|line| [BLACK_ON_WHITE, line, RESET, "\n"]).collect())
}
