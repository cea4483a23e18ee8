//! What every subcommand has.

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;

/// A subcommand: its arguments, which know what they use and how they are carried out.
pub(crate) trait Subcommand {
    fn facts(&self) -> Facts;

    async fn run(self, context: &Context) -> Result<(), CommandError>;
}
