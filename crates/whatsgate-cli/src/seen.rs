//! `whatsgate seen`.

use clap::Args;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::recipient::RecipientArgs;
use crate::subcommand::Subcommand;

/// Mark a chat as read
#[derive(Debug, Args)]
pub(crate) struct Seen {
    #[command(flatten)]
    chat: RecipientArgs,
}

impl Subcommand for Seen {
    fn facts(&self) -> Facts {
        Facts::session().changing()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let chat = self.chat.read(&context.output)?;
        context.output.done(context.session()?.mark_as_read(chat).await, "marked as read")
    }
}
