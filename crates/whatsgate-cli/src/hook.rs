//! `whatsgate hook`.

use clap::Subcommand as Subcommands;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::subcommand::Subcommand;

/// Choose where events are posted to
#[derive(Debug, Subcommands)]
pub(crate) enum Hook {
    /// Post the session's events to this URL
    Set {
        /// The URL; put a secret into it, because the service signs nothing
        url: String,
    },
    /// Post the session's events nowhere
    Clear,
}

impl Subcommand for Hook {
    fn facts(&self) -> Facts {
        Facts::session().changing()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        if let Self::Set { url } = &self
            && url.trim().is_empty()
        {
            return Err(CommandError::usage(
                "the URL is empty; to post events nowhere: whatsgate hook clear",
            ));
        }
        let session = context.session()?;
        match self {
            Self::Set { url } => {
                context.output.done(session.set_hook(url).await, "events are posted there from now on")
            }
            Self::Clear => context.output.done(session.clear_hook().await, "events are not posted any more"),
        }
    }
}
