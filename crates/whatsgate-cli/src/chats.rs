//! `whatsgate chats`.

use clap::Args;
use serde_json::json;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::subcommand::Subcommand;
use crate::{lines, tables};

/// List the chats
#[derive(Debug, Args)]
pub(crate) struct Chats {}

impl Subcommand for Chats {
    fn facts(&self) -> Facts {
        Facts::session()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let chats = context.session()?.chats().await?;
        let mut text = tables::chats(&chats);
        for element in &chats.unreadable {
            text.push_str(&format!("\n{}", lines::unreadable(element)));
        }
        context.output.result(&json!({ "chats": chats.items, "unreadable": chats.unreadable }), text)
    }
}
