//! `whatsgate sandbox`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use whatsgate_native::model::SessionId;
use whatsgate_sandbox::{self as gateway, Echo, FaultRule, Scan, Settings};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::interrupt::interrupted;
use crate::secret::Key;
use crate::subcommand::Subcommand;
use crate::web_demo;

/// Run a local gateway that behaves like the service
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
    bind: SocketAddr,
    /// The key to accept
    #[arg(id = "sandbox_key", long = "key", value_name = "KEY")]
    key: Option<Key>,
    /// Answer every text after a moment
    #[arg(long)]
    echo: bool,
    /// Serve the web demo, a messenger and the phone of the other side, from the folder of the page that `cargo xtask
    /// demo` builds
    #[arg(
        long,
        value_name = "PATH",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "web-demo/dist",
        conflicts_with = "echo"
    )]
    demo: Option<PathBuf>,
    /// Go on from this file if it exists, and keep the state in it
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write every request and every webhook into this folder as a fixture; keys are not written
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,
    /// Let go wrong what this JSON file says
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Serve the other side over HTTP too: write, read, scan a code, set faults (see GET /admin/v1/openapi.json)
    #[arg(long)]
    admin: bool,
    /// Link a session only when its code is scanned with the admin command `link`, not by itself; needs --admin
    #[arg(long)]
    manual_scan: bool,
    /// Decide a question that the service's documentation leaves open; see the list below
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, serde_json::Value)>,
    /// The largest request, in MiB; all files that are kept have as much room together. Both are held in memory
    #[arg(long, default_value_t = 256, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    body_limit: u32,
    /// Trust https webhooks whose certificate comes from a root certificate in this PEM file
    #[arg(long, value_name = "FILE")]
    webhook_root: Option<PathBuf>,
    /// How many milliseconds lie between two tries of a webhook
    #[arg(long, default_value_t = 20_000, value_name = "MS")]
    webhook_interval: u64,
    /// The seed of all random values
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

impl Subcommand for Sandbox {
    fn facts(&self) -> Facts {
        Facts::local().handling_interrupts()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let settings = settings(&self)?;
        if let Some(page) = &self.demo {
            return web_demo::run(context, settings, page).await;
        }
        let interrupted = interrupted()?;
        let sandbox = gateway::Sandbox::start(settings).await.map_err(CommandError::local)?;
        // The state file may have brought one along.
        let kept = sandbox.ready_sessions().into_iter().next();
        let session = kept.unwrap_or_else(|| sandbox.ready_session("Sandbox"));
        let (url, key) = (sandbox.base_url(), sandbox.api_key());
        let mut text = format!(
            "\
a gateway runs at {url}
  key      {key}
  session  {session} (ready)

Use it from another terminal:
  export WHATSGATE_BASE_URL={url}
  export WHATSGATE_API_KEY={key}
  export WHATSGATE_SESSION={session}
  whatsgate send 79991112233 \"Hello\"

or with curl:
  curl {url}/send \\
    -H 'X-Api-Key: {key}' \\
    -H 'Content-Type: application/json' \\
    -d '{{\"WhatsappID\":\"{session}\",\"async\":false,
         \"recipient\":{{\"number\":\"79991112233\"}},\"message\":{{\"body\":\"Hello\"}}}}'
"
        );
        if self.admin {
            text.push_str(&format!("\nThe other side writes with:\n{}\n", write_with(&sandbox, &session)));
        }
        text.push_str("\nCtrl+C ends it");
        context.output.result(&json!({ "base_url": url, "api_key": key, "session": session }), text)?;
        interrupted.await;
        sandbox.shutdown().await;
        Ok(())
    }
}

/// The command with which the other side of a gateway's session writes.
pub(crate) fn write_with(sandbox: &gateway::Sandbox, session: &SessionId) -> String {
    format!(
        "  curl http://{}/admin/v1/write \\\n    -H 'X-Api-Key: {}' \\\n    \
         -d '{{\"WhatsappID\":\"{session}\",\"chat\":\"79991112233@c.us\",\n         \
         \"message\":{{\"body\":\"Hi\"}}}}'",
        sandbox.address(),
        sandbox.api_key()
    )
}

/// Later at each start, so that a store that outlives the sandbox takes no event of the next one for one that it has: the
/// tenths of a second since the beginning of 2026. More than ten events a second are not written by hand.
fn first_event() -> u32 {
    const BEGINNING: Duration = Duration::from_secs(1_767_225_600);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(now.saturating_sub(BEGINNING).as_millis() / 100).unwrap_or(u32::MAX).max(1)
}

fn settings(args: &Sandbox) -> Result<Settings, CommandError> {
    let room = usize::try_from(u64::from(args.body_limit) << 20).unwrap_or(usize::MAX);
    let mut settings = Settings {
        body_limit: room,
        kept_media_bytes: room,
        address: args.bind,
        seed: args.seed,
        first_event: first_event(),
        webhook_interval: Duration::from_millis(args.webhook_interval),
        echo: args.echo.then(Echo::default),
        admin: args.admin,
        state: args.state.clone(),
        record: args.record.clone(),
        webhook_root: args.webhook_root.clone(),
        ..Settings::default()
    };
    let mut decisions = serde_json::Map::new();
    for (name, value) in &args.settings {
        if decisions.insert(name.clone(), value.clone()).is_some() {
            return Err(CommandError::usage(format!("--set {name}: give it once")));
        }
    }
    settings.decide(decisions).map_err(|error| CommandError::usage(format!("--set {error}")))?;
    if let Some(key) = &args.key {
        settings.api_keys = vec![
            key.read().map_err(|error| CommandError::usage(format!("--key: {error}")))?.expose().to_owned(),
        ];
    }
    if args.manual_scan {
        if !args.admin {
            return Err(CommandError::usage(
                "--manual-scan: give --admin too, or no session is ever linked: \
                 a code is then scanned by the admin command `link` alone",
            ));
        }
        settings.scan = Scan::OnDemand;
    }
    if let Some(path) = &args.faults {
        settings.faults = faults(path).map_err(CommandError::local)?;
    }
    Ok(settings)
}

fn faults(path: &Path) -> anyhow::Result<Vec<FaultRule>> {
    let text = std::fs::read(path).with_context(|| format!("{}: it cannot be read", path.display()))?;
    FaultRule::list_from_json(&text).with_context(|| format!("{}: not a list of fault rules", path.display()))
}

/// A setting with its value, which is JSON or else text.
fn setting(argument: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = argument.split_once('=').ok_or("it must look like reading=on_demand")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}
