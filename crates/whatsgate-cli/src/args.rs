//! The command line: what there is to type.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use whatsgate_native::model::{MessageId, MimeType, PhoneNumber, WireDate};

const AFTER: &str = "\
Environment:
  WHATSGATE_API_KEY   the account's key
  WHATSGATE_SESSION   the session's id
  WHATSGATE_BASE_URL  ru, org, or a URL such as http://127.0.0.1:8080/api/v1

Exit codes:
  0  done
  1  failed; nothing was sent or changed
  2  wrong usage
  3  failed, but it may have taken effect: look before you repeat it

Errors with --json, one line on standard error:
  {\"error\":{\"message\",\"kind\",\"outcome\":\"notSent\"|\"unknown\",\"advice\",…}}

Try it without an account:
  whatsgate demo
";

const GLOBAL: &str = "Global options";

/// Send and receive WhatsApp messages through the Whatsgate gateway.
#[derive(Debug, Parser)]
#[command(name = "whatsgate", version, after_help = AFTER, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The account's key; better set in the environment, where other users of the machine do not see it
    #[arg(long, help_heading = GLOBAL, global = true, env = "WHATSGATE_API_KEY", hide_env_values = true, value_name = "KEY")]
    pub(crate) api_key: Option<Key>,
    /// The session's id
    #[arg(long, help_heading = GLOBAL, short, global = true, env = "WHATSGATE_SESSION", hide_env_values = true, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Where the gateway is: ru, org, or a URL
    #[arg(long, help_heading = GLOBAL, global = true, env = "WHATSGATE_BASE_URL", hide_env_values = true, default_value = "ru", value_name = "URL")]
    pub(crate) base_url: String,
    /// Print JSON for scripts: one document, or one line for each event; errors too, on standard error
    #[arg(long, help_heading = GLOBAL, global = true)]
    pub(crate) json: bool,
    /// Say what is sent or served and how long it took; twice for more; without effect on --json but for errors
    #[arg(long, help_heading = GLOBAL, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// A key as typed, checked where it is used: the parser of the command line would print a bad one.
#[derive(Clone)]
pub(crate) struct Key(pub(crate) String);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self(text)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the whole round from linking to answering, without an account
    Demo(Demo),
    /// Send a text or a file
    Send(Send),
    /// Mark a chat as read
    Seen(Recipient),
    /// Show the typing sign for 15 seconds
    Typing(Recipient),
    /// Ask whether a number is registered on WhatsApp
    Check {
        /// The phone number in international form
        number: PhoneNumber,
    },
    /// List the chats
    Chats,
    /// Save the file of a message
    Media(Media),
    /// List, create, rename, delete or wait for sessions
    #[command(subcommand)]
    Sessions(Sessions),
    /// List past events, or follow new ones
    Events(Events),
    /// Choose where events are posted to
    #[command(subcommand)]
    Hook(Hook),
    /// Receive events on this machine and print them
    Listen(Listen),
    /// Run a local gateway that behaves like the service
    Sandbox(Sandbox),
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  whatsgate completions bash > ~/.local/share/bash-completion/completions/whatsgate"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate demo
  WHATSGATE_API_KEY=… whatsgate demo --to 79999999999")]
pub(crate) struct Demo {
    /// Use the real service with the key from the environment, and write to this number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) to: Option<PhoneNumber>,
    /// Do not ask before using the real service
    #[arg(long, short = 'y', requires = "to")]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Recipient {
    /// A phone number, or an id such as 79999999999@c.us or 4239048293082@g.us
    pub(crate) recipient: String,
    /// The recipient is a group's own number
    #[arg(long)]
    pub(crate) group: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate send 79999999999 \"Hello\"
  whatsgate send 79999999999 --file report.xlsx \"The report\"
  whatsgate send --group 4239048293082 \"Hello, all\"
  whatsgate send 79999999999 --quote false_79999999999@c.us_3EB0436AE1E682FF3A37 \"Yes\"
  echo \"Hello\" | whatsgate send 79999999999 -
  pg_dump shop | gzip | whatsgate send 79999999999 --file - --name shop.sql.gz")]
pub(crate) struct Send {
    #[command(flatten)]
    pub(crate) to: Recipient,
    /// The text, or the caption of the file; - reads it from standard input
    pub(crate) text: Option<String>,
    /// Send this file, of any size; - reads it from standard input and needs --name
    #[arg(long, short, value_name = "PATH")]
    pub(crate) file: Option<PathBuf>,
    /// Send the file as this type instead of the one it looks like
    #[arg(long = "as", value_name = "TYPE", requires = "file")]
    pub(crate) kind: Option<FileType>,
    /// The file's MIME type instead of the one it looks like
    #[arg(long, value_name = "TYPE", requires = "file")]
    pub(crate) mime: Option<MimeType>,
    /// The file's name for the recipient instead of its own
    #[arg(long, value_name = "NAME", requires = "file")]
    pub(crate) name: Option<String>,
    /// Answer the message with this long id
    #[arg(long, value_name = "MESSAGE")]
    pub(crate) quote: Option<MessageId>,
    /// Return once the message is queued instead of sent
    #[arg(long = "async")]
    pub(crate) asynchronous: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FileType {
    Image,
    Sticker,
    Doc,
    Voice,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate media false_79999999999@c.us_17AC61BFA5A561B7EE42F98810EDFFC4
  whatsgate media false_79999999999@c.us_17AC61BFA5A561B7EE42F98810EDFFC4 -o photo.jpg
  whatsgate media false_79999999999@c.us_17AC61BFA5A561B7EE42F98810EDFFC4 -o - | tar x")]
pub(crate) struct Media {
    /// The long id of the message, or a media key
    pub(crate) message: String,
    /// Where to save it: a file, or a directory in which it keeps its own name; - writes to standard output [default: .]
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sessions {
    /// List the account's active sessions
    List,
    /// Create a session and start linking an account to it
    #[command(after_help = "\
Examples:
  whatsgate sessions create Shop --wait
  whatsgate sessions create Shop --pair 79999999999 --wait")]
    Create {
        /// A label
        name: String,
        /// Link by a pairing code on the phone with this number instead of a QR code
        #[arg(long, value_name = "NUMBER")]
        pair: Option<PhoneNumber>,
        /// Post events to this URL
        #[arg(long, value_name = "URL")]
        hook: Option<String>,
        /// Wait until the account is linked
        #[arg(long, short)]
        wait: bool,
        /// How many seconds to wait
        #[arg(long, default_value_t = 300, value_name = "SECONDS", requires = "wait")]
        deadline: u64,
    },
    /// Change the session's label
    Rename {
        /// The new label
        name: String,
    },
    /// Unlink the account and delete the session
    Delete,
    /// Wait until the session is ready, showing what to scan or type in
    Wait {
        /// How many seconds to wait
        #[arg(long, default_value_t = 300, value_name = "SECONDS")]
        deadline: u64,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate events --since \"2026-01-31 00:00:00\" --action message
  whatsgate events --follow --json | jq .event_action")]
pub(crate) struct Events {
    /// Only events from this date on, by the service's clock (YYYY-MM-DD HH:MM:SS)
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<WireDate>,
    /// Only this action: message, sent, ack, media, create, ready, error, disconnect
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// Events of all sessions of the account, deleted ones too
    #[arg(long)]
    pub(crate) all_sessions: bool,
    /// Go on with new events until interrupted
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// How many seconds to wait between two questions
    #[arg(long, default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) interval: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hook {
    /// Post the session's events to this URL
    Set {
        /// The URL; put a secret into it, because the service signs nothing
        url: String,
    },
    /// Post the session's events nowhere
    Clear,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  whatsgate listen --bind 0.0.0.0:8090 --path /hook/a-long-secret")]
pub(crate) struct Listen {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    pub(crate) bind: SocketAddr,
    /// The path of the URL
    #[arg(long, default_value = "/hook")]
    pub(crate) path: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate sandbox
  export WHATSGATE_BASE_URL=…   (and two more lines that it prints)
  whatsgate send 79991112233 \"Hello\"

  whatsgate sandbox --demo
  whatsgate sandbox --state gateway.json --record exchanges/
  whatsgate sandbox --faults faults.json --seed 7
  whatsgate sandbox --set reading=on_demand --set create_events=false

Settings for --set:
  reading=automatic|on_demand           whether the other side reads by itself
  create_events=true|false              whether messages sent by requests give create events
  date_filter=inclusive|exclusive       whether events-get lists the very second asked for
  event_order=oldest_first|newest_first
  utc_offset=SECONDS                    the zone of dates, east of UTC
  recipient_both=id|refused             what becomes of a recipient with id and number
  language=english|russian              of the names of session states
  sessions_limit, text_limit, kept_events, webhook_repeats
  ack_interval_ms, sending_delay_ms, webhook_interval_ms, webhook_timeout_ms

A faults file says what goes wrong, with which command and how often:
  [{\"on\": \"send\", \"times\": 1, \"kind\": \"close_after\"},
   {\"on\": \"get-chats\", \"probability\": 0.2, \"kind\": \"error\", \"form\": \"bad_gateway\"},
   {\"kind\": \"latency\", \"ms\": 50, \"jitter_ms\": 200}]")]
pub(crate) struct Sandbox {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub(crate) bind: SocketAddr,
    /// The key to accept
    #[arg(id = "sandbox_key", long = "key", value_name = "KEY")]
    pub(crate) key: Option<Key>,
    /// Answer every text after a moment
    #[arg(long)]
    pub(crate) echo: bool,
    /// Serve the web demo, a messenger and the phone of the other side, from the folder of the built page
    #[arg(
        long,
        value_name = "PATH",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "web-demo/dist",
        conflicts_with = "echo"
    )]
    pub(crate) demo: Option<PathBuf>,
    /// Go on from this file if it exists, and keep the state in it
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Write every request and every webhook into this folder as a fixture; keys are not written
    #[arg(long, value_name = "FOLDER")]
    pub(crate) record: Option<PathBuf>,
    /// Let go wrong what this JSON file says
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Serve the other side over HTTP too: write, read, scan a code, set faults (see GET /admin/v1/openapi.json)
    #[arg(long)]
    pub(crate) admin: bool,
    /// Link a session only when its code is scanned with the admin command `link`, not by itself
    #[arg(long, requires = "admin")]
    pub(crate) manual_scan: bool,
    /// Decide a question that the service's documentation leaves open; see the list below
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, serde_json::Value)>,
    /// Trust https webhooks whose certificate comes from a root certificate in this PEM file
    #[arg(long, value_name = "FILE")]
    pub(crate) webhook_root: Option<PathBuf>,
    /// How many milliseconds lie between two tries of a webhook
    #[arg(long, default_value_t = 20_000, value_name = "MS")]
    pub(crate) webhook_interval: u64,
    /// The seed of all random values
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

/// A setting with its value, which is JSON or else text.
fn setting(argument: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = argument.split_once('=').ok_or("it must look like reading=on_demand")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}
