//! `whatsgate seen`.

use clap::Args;
use serde_json::json;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::{Facts, Subcommand};
use crate::recipient::RecipientArgs;

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
        context.session()?.mark_as_read(self.chat.read()?).await?;
        context.output.result(&json!({ "done": true }), "marked as read")
    }
}
