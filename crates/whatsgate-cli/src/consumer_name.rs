//! The names of those who handle events.

use crate::command_error::CommandError;
use crate::text;

/// A consumer's name, as it is shown in tables and commands.
pub(crate) fn consumer_name(name: &str) -> Result<String, CommandError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(text::controls) {
        return Err(CommandError::usage(
            "--consumer: the name must have 1 to 100 characters, none of them a control character",
        ));
    }
    Ok(name.to_owned())
}
