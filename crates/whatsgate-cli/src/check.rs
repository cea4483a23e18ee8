//! `whatsgate check`.

use clap::Args;
use serde_json::json;
use whatsgate_native::model::PhoneNumber;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::{Facts, Subcommand};

/// Ask whether a number is registered on WhatsApp
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The phone number in international form
    number: PhoneNumber,
}

impl Subcommand for Check {
    fn facts(&self) -> Facts {
        Facts::session()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let registered = context.session()?.is_registered(self.number).await?;
        let text = if registered { "registered on WhatsApp" } else { "not registered on WhatsApp" };
        context.output.result(&json!({ "registered": registered }), text)
    }
}
