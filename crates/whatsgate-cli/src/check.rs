//! `whatsgate check`.

use clap::Args;
use serde_json::json;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::number::NumberArgs;
use crate::subcommand::Subcommand;

/// Ask whether a number is registered on WhatsApp
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The phone number in international form
    number: String,
    #[command(flatten)]
    form: NumberArgs,
}

impl Subcommand for Check {
    fn facts(&self) -> Facts {
        Facts::session()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let number = self.form.read(&self.number, &context.output)?;
        let registered = context.session()?.is_registered(number).await?;
        let text = if registered { "registered on WhatsApp" } else { "not registered on WhatsApp" };
        context.output.result(&json!({ "registered": registered }), text)
    }
}
