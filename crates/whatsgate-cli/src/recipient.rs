//! Whom a subcommand is for, as it is typed.

use clap::Args;
use whatsgate_native::model::{GroupNumber, Recipient};

use crate::command_error::CommandError;
use crate::number::NumberArgs;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct RecipientArgs {
    /// A phone number, or an id such as 79999999999@c.us or 4239048293082@g.us
    pub(crate) recipient: String,
    /// The recipient is a group's own number
    #[arg(long, conflicts_with = "country")]
    pub(crate) group: bool,
    #[command(flatten)]
    pub(crate) number: NumberArgs,
}

impl RecipientArgs {
    pub(crate) fn read(&self, output: &Output) -> Result<Recipient, CommandError> {
        if self.group && self.recipient.trim().ends_with("@c.us") {
            return Err(CommandError::usage(
                "--group: an id that ends in @c.us is a person's, a group's ends in @g.us",
            ));
        }
        if self.group && !self.recipient.contains('@') {
            Ok(GroupNumber::new(&self.recipient).map(Recipient::from)?)
        } else if self.recipient.contains('@') {
            match self.number.country {
                Some(_) => Err(CommandError::usage("--country: it is for phone numbers, and this is an id")),
                None => Ok(self.recipient.parse()?),
            }
        } else {
            Ok(self.number.read(&self.recipient, output)?.into())
        }
    }
}
