//! `whatsgate completions`.

use clap::Args;
use clap_complete::Shell;

use crate::command_error::CommandError;
use crate::output;

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  whatsgate completions bash > ~/.local/share/bash-completion/completions/whatsgate"
)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints the completions of the whole program.
    pub(crate) fn run(&self, mut program: clap::Command) -> Result<(), CommandError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "whatsgate", &mut script);
        output::bytes(&script)
    }
}
