//! `whatsgate listen`.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;
use whatsgate_durable::Hook;
use whatsgate_native::{Dispatcher, Receiver};

use crate::command_error::CommandError;
use crate::consume::{ConsumeArgs, Source, consume};
use crate::context::Context;
use crate::events::known_action;
use crate::facts::{Facts, GOES_ON};
use crate::forward::http_url;
use crate::interrupt::interrupted;
use crate::lines;
use crate::secret::SecretUrl;
use crate::subcommand::Subcommand;

/// Receive events on this machine, and print them or handle each one over restarts
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate listen --bind 0.0.0.0:8090 --path /hook/a-long-secret
  whatsgate listen --consumer answers --public-url https://shop.example/hook --exec ./answer

With --consumer the gateway is told to post to a secret path of each session below the
public URL. It is asked for events as well, so that what was posted in vain is not missed.
What a command finds: whatsgate events --help")]
#[expect(clippy::struct_excessive_bools, reason = "these are options of the command line")]
pub(crate) struct Listen {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    bind: SocketAddr,
    /// The path of the URL
    #[arg(long, default_value = "/hook", conflicts_with = "consumer")]
    path: String,
    #[command(flatten)]
    consume: ConsumeArgs,
    /// The URL under which the gateway reaches this machine; it is set as the hook, with a secret path below it
    #[arg(long, value_name = "URL", help_heading = HOOK, requires = "consumer")]
    public_url: Option<SecretUrl>,
    /// Take over a session whose events are posted to another address
    #[arg(long, help_heading = HOOK, requires = "consumer")]
    take_hook: bool,
    /// Ask the gateway whether it lists what was posted, before it is handed over
    #[arg(long, help_heading = HOOK, requires = "consumer")]
    ask_back: bool,
    /// Hand over only what the gateway itself lists, so that nothing forged is handled; asks back
    #[arg(long, help_heading = HOOK, requires = "consumer")]
    only_verified: bool,
    /// Only this action; the others count as handled for good, in later runs with another action too
    #[arg(long, help_heading = HOOK, requires = "consumer")]
    action: Option<String>,
    /// Events of all sessions that the account has at the start
    #[arg(long, help_heading = HOOK, requires = "consumer")]
    all_sessions: bool,
    /// How many seconds to wait between two questions [default: 60]
    #[arg(long, value_name = "SECONDS", help_heading = HOOK, requires = "consumer", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    interval: Option<u64>,
}

const HOOK: &str = "With --consumer";

impl Subcommand for Listen {
    fn facts(&self) -> Facts {
        let facts = match &self.consume.consumer {
            None => return Facts::local().handling_interrupts(),
            Some(_) if self.all_sessions => Facts::account(),
            Some(_) => Facts::session(),
        };
        facts.changing().advising(GOES_ON).handling_interrupts().warning()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        if let Some(plan) = self.consume.plan()? {
            let Some(url) = self.public_url else {
                return Err(CommandError::usage(
                    "--consumer: give --public-url too, the URL under which the gateway reaches this machine; to receive \
                     without being reached: whatsgate events --consumer",
                ));
            };
            let url = http_url("--public-url", &url.0)?;
            if url.query().is_some() || url.fragment().is_some() {
                return Err(CommandError::usage(
                    "--public-url: a secret path is put behind it, so it must end with a path",
                ));
            }
            let action = self.action.as_deref().map(|action| known_action(context, action));
            let session = if self.all_sessions { None } else { Some(context.session()?.id().clone()) };
            context.client()?;
            let listener = listen(self.bind).await?;
            let address = listener.local_addr()?;
            context.output.remark(json!({ "address": address }), &format!("receiving posts at {address}"));
            let mut hook = Hook::new(listener, url);
            if self.take_hook {
                hook = hook.take();
            }
            if self.ask_back || self.only_verified {
                hook = hook.ask_back();
            }
            let interval = self.interval.map(Duration::from_secs);
            let only_verified = self.only_verified;
            return consume(
                context,
                plan,
                Source { session, action, interval, hook: Some(hook), only_verified },
            )
            .await;
        }
        if !self.path.starts_with('/') {
            return Err(CommandError::usage("the path must start with /"));
        }
        let mut interrupted = interrupted()?;
        let (sender, mut received) = tokio::sync::mpsc::channel(100);
        let dispatcher = Dispatcher::new().on_other(move |event| {
            let sender = sender.clone();
            async move { sender.send(event).await }
        });
        let listener = listen(self.bind).await?;
        let address = listener.local_addr()?;
        context.output.say(format!("receiving events at http://{address}{}; Ctrl+C ends it", self.path))?;
        let server = Receiver::new(dispatcher).serve(listener, &self.path);
        tokio::pin!(server);
        loop {
            tokio::select! {
                Some(event) = received.recv() => context.output.result(&event, lines::event(&event))?,
                result = &mut server => return Ok(result?),
                () = &mut interrupted => return Ok(()),
            }
        }
    }
}

pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, CommandError> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => "; stop what listens there, or give another port",
            _ => "",
        };
        CommandError::local(anyhow!("cannot listen at {address}: {error}{advice}"))
    })
}
