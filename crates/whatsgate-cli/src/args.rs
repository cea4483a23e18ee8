//! The command line: the global options and the list of the subcommands.

use clap::{CommandFactory, Parser, Subcommand as Subcommands};

use crate::campaign::Campaign;
use crate::chats::Chats;
use crate::check::Check;
use crate::command_error::CommandError;
use crate::completions::Completions;
use crate::conform::Conform;
use crate::context::Context;
use crate::demo::Demo;
use crate::doctor::Doctor;
use crate::drift::DriftArgs;
use crate::events::Events;
use crate::facts::Facts;
use crate::global::Global;
use crate::hook::Hook;
use crate::licenses;
use crate::listen::Listen;
use crate::media::Media;
use crate::outbox::Outbox;
use crate::sandbox::Sandbox;
use crate::seen::Seen;
use crate::send::Send;
use crate::serve::Serve;
use crate::sessions::Sessions;
use crate::subcommand::Subcommand;
use crate::tokens::Tokens;
use crate::typing::Typing;

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

/// Send and receive WhatsApp messages through the Whatsgate gateway.
#[derive(Debug, Parser)]
#[command(name = "whatsgate", version, after_help = AFTER, propagate_version = true, arg = licenses::option())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommands)]
pub(crate) enum Command {
    Demo(Demo),
    Send(Send),
    #[command(subcommand)]
    Campaign(Campaign),
    #[command(subcommand)]
    Outbox(Outbox),
    Seen(Seen),
    Typing(Typing),
    Check(Check),
    Chats(Chats),
    Media(Media),
    #[command(subcommand)]
    Sessions(Sessions),
    Events(Events),
    #[command(subcommand)]
    Hook(Hook),
    Listen(Listen),
    Serve(Box<Serve>),
    #[command(subcommand)]
    Tokens(Tokens),
    Sandbox(Sandbox),
    Conform(Conform),
    Doctor(Doctor),
    Drift(DriftArgs),
    Completions(Completions),
}

/// The same expression for whichever subcommand it is, and another for the one that needs the whole command line.
macro_rules! each {
    ($command:expr, $name:ident => $then:expr, $completions:pat => $print:expr) => {
        match $command {
            Command::Demo($name) => $then,
            Command::Send($name) => $then,
            Command::Campaign($name) => $then,
            Command::Outbox($name) => $then,
            Command::Seen($name) => $then,
            Command::Typing($name) => $then,
            Command::Check($name) => $then,
            Command::Chats($name) => $then,
            Command::Media($name) => $then,
            Command::Sessions($name) => $then,
            Command::Events($name) => $then,
            Command::Hook($name) => $then,
            Command::Listen($name) => $then,
            Command::Serve($name) => $then,
            Command::Tokens($name) => $then,
            Command::Sandbox($name) => $then,
            Command::Conform($name) => $then,
            Command::Doctor($name) => $then,
            Command::Drift($name) => $then,
            Command::Completions($completions) => $print,
        }
    };
}

impl Subcommand for Command {
    fn facts(&self) -> Facts {
        each!(self, subcommand => subcommand.facts(), _ => Facts::local())
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        each!(self, subcommand => subcommand.run(context).await, completions => completions.run(Cli::command()))
    }
}
