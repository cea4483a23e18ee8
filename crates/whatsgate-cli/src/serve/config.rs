//! The configuration file of `whatsgate serve`.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use whatsgate_serve::Folders;

use crate::command_error::CommandError;

/// What the file may say. Options on the command line and variables of the environment come before it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) store: Option<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) hook_listen: Option<SocketAddr>,
    #[serde(default)]
    pub(crate) resend_absent: bool,
    #[serde(default)]
    pub(crate) files: Files,
    #[serde(default)]
    pub(crate) relay: Pages,
    /// Where events go by themselves.
    #[serde(default)]
    pub(crate) forward: Vec<ForwardTo>,
}

/// Which pages may use the gateway.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pages {
    /// Where they come from, such as `https://shop.example`; without one there is no relay.
    #[serde(default)]
    pub(crate) origins: Vec<String>,
}

/// A URL that handles events.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForwardTo {
    pub(crate) consumer: String,
    /// It may hold a secret.
    pub(crate) url: String,
}

impl fmt::Debug for ForwardTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForwardTo").field("consumer", &self.consumer).finish_non_exhaustive()
    }
}

/// Which folders the service may use.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Files {
    /// Files are sent from these.
    #[serde(default)]
    from: Vec<PathBuf>,
    /// Files are saved into these.
    #[serde(default)]
    to: Vec<PathBuf>,
    /// Uploads are kept here until they are sent.
    pub(crate) uploads: Option<PathBuf>,
}

impl Config {
    pub(crate) fn read(path: &Path) -> Result<Self, CommandError> {
        let at = |why: String| CommandError::usage(format!("--config: {}: {why}", path.display()));
        let text =
            std::fs::read_to_string(path).map_err(|error| at(format!("it cannot be read: {error}")))?;
        toml::from_str(&text).map_err(|error| {
            // The value may be a secret, as in a store's URL.
            let before = error.span().map_or("", |span| &text[..span.start.min(text.len())]);
            let line = before.matches('\n').count() + 1;
            at(format!("line {line}: {}", discreet(error.message())))
        })
    }

    pub(crate) fn folders(&self) -> Result<Folders, CommandError> {
        let mut folders = Folders::default();
        for folder in &self.files.from {
            folders =
                folders.from(folder).map_err(|error| CommandError::usage(format!("files.from: {error}")))?;
        }
        for folder in &self.files.to {
            folders =
                folders.to(folder).map_err(|error| CommandError::usage(format!("files.to: {error}")))?;
        }
        Ok(folders)
    }
}

/// The message up to where it repeats a value.
fn discreet(message: &str) -> String {
    match message.split_once(": ") {
        Some(("invalid type" | "invalid value", _)) => "this is no value that can stand here".to_owned(),
        _ => message.lines().next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::read(file.path()).map_err(|error| match error.reason {
            crate::command_error::Reason::Usage(text) => text,
            _ => panic!("it is the file's mistake"),
        })
    }

    #[test]
    fn a_mistake_is_named_by_its_line_without_its_value() {
        let error = read("listen = \"127.0.0.1:1\"\nstroe = \"postgres://a:secret@b/c\"\n").unwrap_err();
        assert!(error.contains("line 2") && error.contains("stroe") && !error.contains("secret"), "{error}");
        let error = read("\n\nlisten = 17\n").unwrap_err();
        assert!(error.contains("line 3") && !error.contains("17"), "{error}");
    }

    #[test]
    fn all_of_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "listen = \"0.0.0.0:80\"\nstore = \"sqlite:a.db\"\n[files]\nfrom = [{:?}]\n",
            folder.path()
        );
        let config = read(&text).unwrap();
        assert_eq!(config.listen.unwrap().port(), 80);
        assert!(config.relay.origins.is_empty());
        let relay = read("[relay]\norigins = [\"https://shop.example\"]").unwrap().relay;
        assert_eq!(relay.origins, ["https://shop.example"]);
        assert!(config.folders().is_ok());
        let config = read("[files]\nto = [\"/there/is/none\"]").unwrap();
        assert!(config.folders().is_err());
    }
}
