//! `whatsgate typing`.

use clap::Args;
use serde_json::json;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::{Facts, Subcommand};
use crate::recipient::RecipientArgs;

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
        context.session()?.show_typing(self.chat.read()?).await?;
        context.output.result(&json!({ "done": true }), "typing for 15 seconds")
    }
}
