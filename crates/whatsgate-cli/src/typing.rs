//! `whatsgate typing`.

use clap::Args;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::recipient::RecipientArgs;
use crate::subcommand::Subcommand;

/// Show the typing sign for 15 seconds
#[derive(Debug, Args)]
pub(crate) struct Typing {
    #[command(flatten)]
    chat: RecipientArgs,
}

impl Subcommand for Typing {
    fn facts(&self) -> Facts {
        Facts::session().changing()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let chat = self.chat.read(&context.output)?;
        context.output.done(context.session()?.show_typing(chat).await, "typing for 15 seconds")
    }
}
