//! Where events and messages are kept, as it is typed.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use whatsgate_durable::store::StoreVersion;
use whatsgate_durable::{Store, StoreError};

use crate::command_error::CommandError;
use crate::consumer_name::consumer_name;

/// The variable that names the store.
pub(crate) const VARIABLE: &str = "WHATSGATE_STORE";
/// The file in the current folder that is the store if none is named.
const DEFAULT: &str = "sqlite:whatsgate.db";

/// The store's URL, which may hold a password and is never shown.
#[derive(Clone)]
pub(crate) struct StoreUrl(String);

/// What a store is.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Memory,
    File(&'a Path),
    Database,
}

impl From<String> for StoreUrl {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreUrl(…)")
    }
}

impl StoreUrl {
    /// What was typed, or else what the environment says, or else the default.
    pub(crate) fn or_default(typed: Option<Self>) -> Result<Self, CommandError> {
        let is_given = |url: &Self| !url.0.trim().is_empty();
        let by_environment = || std::env::var(VARIABLE).ok().map(Self);
        let url = typed.or_else(by_environment).filter(is_given).unwrap_or_else(|| Self(DEFAULT.to_owned()));
        let url = Self(url.0.trim().to_owned());
        let is_database = ["postgres://", "postgresql://"].iter().any(|scheme| url.0.starts_with(scheme));
        let has_file =
            url.file().is_some_and(|path| !path.as_os_str().is_empty() && path != Path::new(":memory:"));
        if url.0 == "memory:" || is_database || has_file {
            return Ok(url);
        }
        Err(CommandError::usage(format!(
            "--store or {VARIABLE}: it must look like sqlite:PATH, postgres://USER@HOST/DATABASE or memory:"
        )))
    }

    /// Opens the store, and makes it if there is none.
    pub(crate) async fn open(&self) -> Result<Store, CommandError> {
        let opened = Store::open(&self.0).await;
        opened.map_err(|error| CommandError::of_store(self, error))
    }

    /// Opens a store that is to remember something over restarts, and makes it if there is none.
    pub(crate) async fn open_lasting(&self) -> Result<Store, CommandError> {
        if self.0 == "memory:" {
            return Err(CommandError::usage(
                "--store: a store in memory is forgotten at the end, and this is to be remembered",
            ));
        }
        self.open().await
    }

    /// Opens a store that must be there already.
    pub(crate) async fn open_existing(&self) -> Result<Store, CommandError> {
        if self.0 == "memory:" {
            return Err(CommandError::usage(
                "--store: a store in memory belongs to the program that uses it, and nobody else can look into it",
            ));
        }
        if let Some(path) = self.file()
            && !path.exists()
        {
            return Err(CommandError::usage(format!(
                "there is no store at {}: name one with --store or {VARIABLE}; `whatsgate events --consumer NAME`, `send --key` and `campaign run` make one",
                shown(path)
            )));
        }
        self.open().await
    }

    /// Opens a store if it is there already.
    pub(crate) async fn open_if_there(&self) -> Result<Option<Store>, CommandError> {
        let is_there = self.0 != "memory:" && self.file().is_none_or(Path::exists);
        if is_there { self.open().await.map(Some) } else { Ok(None) }
    }

    /// Whether it is a file that is not there yet.
    pub(crate) fn is_new(&self) -> bool {
        self.file().is_some_and(|path| !path.exists())
    }

    /// The path of another file beside the store, if that is a file.
    pub(crate) fn beside(&self, ending: &str) -> Option<PathBuf> {
        let mut path = self.file()?.as_os_str().to_owned();
        path.push(ending);
        Some(path.into())
    }

    /// Opens the store, with the store's own reason if it does not.
    pub(crate) async fn open_as_it_is(&self) -> Result<Store, StoreError> {
        Store::open(&self.0).await
    }

    /// The version of what is there, which stays as it is.
    pub(crate) async fn version(&self) -> Result<StoreVersion, StoreError> {
        Store::version(&self.0).await
    }

    /// What it is.
    pub(crate) fn place(&self) -> Place<'_> {
        match self.file() {
            Some(path) => Place::File(path),
            None if self.0 == "memory:" => Place::Memory,
            None => Place::Database,
        }
    }

    fn file(&self) -> Option<&Path> {
        let path = self.0.strip_prefix("sqlite:")?;
        Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
    }
}

impl fmt::Display for StoreUrl {
    /// What it is, without what may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file() {
            Some(path) => f.write_str(&shown(path)),
            None if self.0 == "memory:" => f.write_str("memory, and forgotten at the end"),
            None => f.write_str("the PostgreSQL database"),
        }
    }
}

fn shown(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)).display().to_string()
}

/// Into which store and at which consumer one looks.
#[derive(Debug, Args)]
pub(crate) struct LookArgs {
    /// The consumer; may be left out where the store has one
    #[arg(long, value_name = "NAME")]
    consumer: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

/// Into which store one looks.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    #[arg(
        long,
        value_name = "URL",
        help = "Where events and messages are kept [env: WHATSGATE_STORE] [default: sqlite:whatsgate.db]"
    )]
    store: Option<StoreUrl>,
}

impl LookArgs {
    /// The store, which must be there, and the consumer's name if it was given.
    pub(crate) async fn open(self) -> Result<(Store, Option<String>), CommandError> {
        let name = self.consumer.as_deref().map(consumer_name).transpose()?;
        Ok((self.store.open().await?, name))
    }
}

impl StoreArgs {
    /// Which store is meant.
    pub(crate) fn url(&self) -> Result<StoreUrl, CommandError> {
        StoreUrl::or_default(self.store.clone())
    }

    /// Whether somebody named it.
    pub(crate) fn is_named(&self) -> bool {
        let by_environment = std::env::var(VARIABLE).is_ok_and(|url| !url.trim().is_empty());
        by_environment || self.store.as_ref().is_some_and(|url| !url.0.trim().is_empty())
    }

    /// The store, which must be there.
    pub(crate) async fn open(self) -> Result<Store, CommandError> {
        StoreUrl::or_default(self.store)?.open_existing().await
    }

    /// The store, if it is there.
    pub(crate) async fn open_if_there(&self) -> Result<Option<Store>, CommandError> {
        StoreUrl::or_default(self.store.clone())?.open_if_there().await
    }

    /// The store, which is made if there is none.
    pub(crate) async fn open_lasting(self) -> Result<Store, CommandError> {
        StoreUrl::or_default(self.store)?.open_lasting().await
    }
}

#[cfg(test)]
mod tests {
    use super::StoreUrl;

    fn url(text: &str) -> Result<StoreUrl, crate::command_error::CommandError> {
        StoreUrl::or_default(Some(text.to_owned().into()))
    }

    #[test]
    fn a_password_is_not_shown() {
        let Ok(url) = url("postgres://shop:secret@127.0.0.1/shop") else { panic!("it is one") };
        assert!(!format!("{url} {url:?}").contains("secret"));
    }

    #[test]
    fn what_names_no_store_is_refused() {
        for text in ["mysql://a:secret@b/c", "sqlite::memory:", "events.db", "sqlite:", "sqlite://", "memory"]
        {
            assert!(url(text).is_err(), "{text}");
        }
        for text in ["sqlite:a.db", "sqlite:///tmp/a.db", " memory: ", "postgresql://a@b/c"] {
            assert!(url(text).is_ok(), "{text}");
        }
    }
}
