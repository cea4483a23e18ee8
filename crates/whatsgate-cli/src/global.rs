//! The options that every subcommand takes.

use clap::Args;

use crate::secret::Key;

const GLOBAL: &str = "Global options";

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The account's key; better set in the environment, where other users of the machine do not see it
    #[arg(long, help_heading = GLOBAL, global = true, env = "WHATSGATE_API_KEY", hide_env_values = true, value_name = "KEY")]
    pub(crate) api_key: Option<Key>,
    /// The session's id
    #[arg(long, help_heading = GLOBAL, short, global = true, env = "WHATSGATE_SESSION", hide_env_values = true, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Where the gateway is: ru, org, or a URL
    #[arg(long, help_heading = GLOBAL, global = true, env = "WHATSGATE_BASE_URL", hide_env_values = true, default_value = "ru", value_name = "URL")]
    pub(crate) base_url: String,
    /// Print JSON for scripts: one document, or one line for each event; errors too, on standard error
    #[arg(long, help_heading = GLOBAL, global = true)]
    pub(crate) json: bool,
    /// Say what is sent or served and how long it took; twice for more; with --json what serves or receives does so in lines of JSON
    #[arg(long, help_heading = GLOBAL, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}
