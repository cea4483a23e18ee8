//! The tokens by which programs are known.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use whatsgate_durable::store::RelayTokens;
use whatsgate_durable::store::durable::Millis;
use whatsgate_durable::{Store, StoreError};

/// What the settings of tokens begin with.
const PREFIX: &str = "token.";
/// What a token begins with, so that it is known for what it is where it should not be.
const MARK: &str = "wgs_";
/// For how long what was read of the store counts.
const FRESH: Duration = Duration::from_secs(1);

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenInfo {
    /// The program's name, which its keys and consumers belong to.
    pub program: String,
    /// When it was made, in milliseconds since 1970.
    pub created: Millis,
}

#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    /// The SHA-256 of the token.
    hash: String,
    created: Millis,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The name cannot be one.
    #[error("a program's name has 1 to 64 letters, digits, - and _")]
    Name,
    /// The program has one already.
    #[error(
        "there is a token of this name already; if it is lost, revoke it and add it again: the program keeps its keys. Under another name it \
         would be another program, with keys of its own"
    )]
    Taken,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a token for a program. It is returned once: the store keeps its hash alone.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_durable::Store;
/// use whatsgate_serve::tokens;
///
/// let store = Store::memory();
/// let token = tokens::add(&store, "shop").await?;
/// assert!(token.starts_with("wgs_"));
/// assert_eq!(tokens::list(&store).await?[0].program, "shop");
/// assert!(tokens::revoke(&store, "shop").await?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`TokenError`]
///
/// # Panics
/// On a system without random numbers
pub async fn add(store: &Store, program: &str) -> Result<String, TokenError> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if program.is_empty() || program.len() > 64 || !program.chars().all(is_plain) {
        return Err(TokenError::Name);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    let token = format!("{MARK}{}", HEXLOWER.encode(&bytes));
    let (name, hash) = (format!("{PREFIX}{program}"), hash(&token));
    let is_new = store.run(move |tables| {
        if tables.setting(&name)?.is_some() {
            return Ok(false);
        }
        let stored = Stored { hash: hash.clone(), created: tables.now()? };
        let stored = serde_json::to_string(&stored).expect("these are texts and numbers");
        tables.set_setting(&name, Some(&stored)).map(|()| true)
    });
    if is_new.await? { Ok(token) } else { Err(TokenError::Taken) }
}

/// The programs that have a token.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use whatsgate_durable::Store;
/// use whatsgate_serve::tokens;
///
/// # let store = Store::memory();
/// tokens::add(&store, "shop").await?;
/// for token in tokens::list(&store).await? {
///     println!("{} since {}", token.program, token.created);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError`]
pub async fn list(store: &Store) -> Result<Vec<TokenInfo>, StoreError> {
    let all = read(store).await?;
    Ok(all.into_iter().map(|(program, stored)| TokenInfo { program, created: stored.created }).collect())
}

/// Revokes a program's token, and those of its pages; whether there was one. Every service over the store refuses it within a
/// second.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use whatsgate_durable::Store;
/// use whatsgate_serve::tokens;
///
/// # let store = Store::memory();
/// tokens::add(&store, "shop").await?;
/// assert!(tokens::revoke(&store, "shop").await?);
/// assert!(!tokens::revoke(&store, "shop").await?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError`]
pub async fn revoke(store: &Store, program: &str) -> Result<bool, StoreError> {
    let (name, program) = (format!("{PREFIX}{program}"), program.to_owned());
    store
        .run(move |tables| {
            let was_there = tables.setting(&name)?.is_some();
            tables.remove_relay_tokens(&program, &RelayTokens::All)?;
            tables.set_setting(&name, None).map(|()| was_there)
        })
        .await
}

async fn read(store: &Store) -> Result<Vec<(String, Stored)>, StoreError> {
    let all = store.run(|tables| tables.settings(PREFIX)).await?;
    let read = all.into_iter().filter_map(|(name, stored)| {
        // One that cannot be read opens nothing.
        Some((name.strip_prefix(PREFIX)?.to_owned(), serde_json::from_str(&stored).ok()?))
    });
    Ok(read.collect())
}

/// The tokens of a store as they were a second ago at most.
#[derive(Default)]
pub(crate) struct Known(Mutex<Option<Read>>);

/// What was read, and when.
struct Read {
    at: Instant,
    /// Programs with their tokens.
    tokens: Vec<(String, Stored)>,
}

impl Known {
    /// Whose token it is.
    pub(crate) async fn program(&self, store: &Store, token: &str) -> Result<Option<String>, StoreError> {
        let hash = hash(token);
        let fresh = self.lock().as_ref().is_some_and(|read| read.at.elapsed() < FRESH);
        if !fresh {
            let tokens = read(store).await?;
            *self.lock() = Some(Read { at: Instant::now(), tokens });
        }
        let known = self.lock();
        let mut found = None;
        for (program, stored) in known.iter().flat_map(|read| &read.tokens) {
            // All of them, to the end, so that the time tells nothing.
            if bool::from(stored.hash.as_bytes().ct_eq(hash.as_bytes())) {
                found = Some(program.clone());
            }
        }
        Ok(found)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Read>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn hash(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}
