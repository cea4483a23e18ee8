//! What several calls have in their queries.

use serde::Deserialize;

/// How many seconds to wait.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wait {
    #[serde(default)]
    pub(crate) wait: u64,
}
