//! Whom a subcommand is for, as it is typed.

use clap::Args;
use whatsgate_native::model::{GroupNumber, Recipient};

use crate::command_error::CommandError;

#[derive(Debug, Args)]
pub(crate) struct RecipientArgs {
    /// A phone number, or an id such as 79999999999@c.us or 4239048293082@g.us
    pub(crate) recipient: String,
    /// The recipient is a group's own number
    #[arg(long)]
    pub(crate) group: bool,
}

impl RecipientArgs {
    pub(crate) fn read(&self) -> Result<Recipient, CommandError> {
        if self.group && self.recipient.trim().ends_with("@c.us") {
            return Err(CommandError::usage(
                "--group: an id that ends in @c.us is a person's, a group's ends in @g.us",
            ));
        }
        if self.group && !self.recipient.contains('@') {
            Ok(GroupNumber::new(&self.recipient).map(Recipient::from)?)
        } else {
            Ok(self.recipient.parse()?)
        }
    }
}
