//! Tokens: what is kept of them, and what of a grant is left. All of it within a transaction.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use whatsgate_store::durable::Millis;
use whatsgate_store::{RelayTokenRow, StoreError, Tables};

use crate::grant::{Grant, InvalidGrant};

type Result<T> = std::result::Result<T, StoreError>;

/// What a token begins with, so that it is known for what it is where it should not be.
const MARK: &str = "wgr_";
/// How long a token is: the mark and 32 bytes in hexadecimal digits.
const LENGTH: usize = MARK.len() + 64;

/// A new token. It is shown once: the store keeps its hash alone.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Minted {
    /// The token, which the page gives as its key.
    pub token: String,
    /// Its name for the program, which opens nothing.
    pub id: String,
    /// From when on it opens nothing, in milliseconds since 1970.
    pub expires_at: Millis,
    /// Until when it can be renewed, in milliseconds since 1970.
    pub renewable_until: Millis,
}

impl std::fmt::Debug for Minted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Minted").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A token without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TokenInfo {
    /// Its name for the program.
    pub id: String,
    /// What was allowed.
    pub grant: Grant,
    /// When it was made, in milliseconds since 1970.
    pub created_at: Millis,
    /// From when on it opens nothing.
    pub expires_at: Millis,
    /// Until when it can be renewed.
    pub renewable_until: Millis,
    /// How many messages may still be sent.
    pub sends_left: u32,
    /// How many bytes of files may still be sent.
    pub bytes_left: u64,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// The grant cannot be one.
    #[error(transparent)]
    Grant(#[from] InvalidGrant),
    /// The program has as many as it may have.
    #[error("the program has too many tokens: revoke some, or wait until some have expired")]
    TooMany,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The secret of a new token, and its name.
pub(crate) struct Secret {
    pub(crate) token: String,
    id: String,
}

impl Secret {
    /// # Panics
    /// On a system without random numbers
    pub(crate) fn new() -> Self {
        let mut bytes = [0; 40];
        getrandom::fill(&mut bytes).expect("the system has random numbers");
        Self { token: format!("{MARK}{}", HEXLOWER.encode(&bytes[..32])), id: HEXLOWER.encode(&bytes[32..]) }
    }
}

/// The hash of what may be a token; none if it has not even the form of one.
pub(crate) fn hash(token: &str) -> Option<String> {
    let is_one = token.len() == LENGTH && token.starts_with(MARK);
    is_one.then(|| HEXLOWER.encode(&Sha256::digest(token.as_bytes())))
}

/// A token that opens something.
#[derive(Clone)]
pub(crate) struct Pass {
    pub(crate) hash: String,
    pub(crate) grant: Arc<Grant>,
    pub(crate) bytes_left: u64,
}

/// What is kept of a token.
#[derive(Serialize, Deserialize)]
struct State {
    grant: Grant,
    created: Millis,
    sends_left: u32,
    bytes_left: u64,
}

impl State {
    fn renewable_until(&self) -> Millis {
        self.created.saturating_add(millis(self.grant.renewable_for))
    }
}

fn millis(seconds: u32) -> Millis {
    Millis::from(seconds).saturating_mul(1000)
}

/// What of a row can be read. One that cannot opens nothing.
fn read(row: &RelayTokenRow) -> Option<State> {
    serde_json::from_str(&row.state).ok()
}

fn write(tables: &mut dyn Tables, row: RelayTokenRow, state: &State) -> Result<()> {
    let state = serde_json::to_string(state).expect("these are texts and numbers");
    tables.put_relay_token(&RelayTokenRow { state, ..row })
}

/// Keeps a new token, unless the program has as many as it may have; what has expired is thrown away on the occasion.
pub(crate) fn mint(
    tables: &mut dyn Tables,
    program: &str,
    grant: Grant,
    secret: &Secret,
    most: u64,
) -> Result<Option<Minted>> {
    let now = tables.now()?;
    tables.sweep_relay_tokens(now)?;
    if tables.count_relay_tokens(program, now)? >= most {
        return Ok(None);
    }
    let row = RelayTokenRow {
        hash: hash(&secret.token).expect("it has the form of one"),
        id: secret.id.clone(),
        program: program.to_owned(),
        subject: grant.subject.clone(),
        expires: now.saturating_add(millis(grant.seconds)),
        state: String::new(),
    };
    let state = State { sends_left: grant.sends, bytes_left: grant.bytes, created: now, grant };
    let minted = Minted {
        token: secret.token.clone(),
        id: row.id.clone(),
        expires_at: row.expires,
        renewable_until: state.renewable_until(),
    };
    write(tables, row, &state)?;
    Ok(Some(minted))
}

/// The token with this hash, unless it has expired.
pub(crate) fn find(tables: &mut dyn Tables, hash: &str) -> Result<Option<Pass>> {
    let Some(row) = tables.relay_token(hash)? else { return Ok(None) };
    if row.expires <= tables.now()? {
        return Ok(None);
    }
    Ok(read(&row).map(|state| Pass {
        hash: row.hash,
        grant: Arc::new(state.grant),
        bytes_left: state.bytes_left,
    }))
}

/// The live tokens of a program after an id, at most so many.
pub(crate) fn list(
    tables: &mut dyn Tables,
    program: &str,
    after: &str,
    most: usize,
) -> Result<Vec<TokenInfo>> {
    let now = tables.now()?;
    let rows = tables.relay_tokens(program, now, after, most)?;
    let infos = rows.into_iter().filter_map(|row| {
        let state = read(&row)?;
        Some(TokenInfo {
            id: row.id,
            created_at: state.created,
            expires_at: row.expires,
            renewable_until: state.renewable_until(),
            sends_left: state.sends_left,
            bytes_left: state.bytes_left,
            grant: state.grant,
        })
    });
    Ok(infos.collect())
}

/// Why nothing may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spent {
    /// The token has expired or was revoked.
    Gone,
    /// All messages were sent.
    Sends,
    /// The file is larger than what is left.
    Bytes,
}

/// Takes a message with so many bytes of file from what a token allows. It is on disk before the message leaves, and no other
/// process can take the same.
pub(crate) fn take(
    tables: &mut dyn Tables,
    hash: &str,
    bytes: u64,
) -> Result<std::result::Result<(), Spent>> {
    let Some(row) = tables.lock_relay_token(hash)? else { return Ok(Err(Spent::Gone)) };
    let Some(mut state) = read(&row) else { return Ok(Err(Spent::Gone)) };
    if row.expires <= tables.now()? {
        return Ok(Err(Spent::Gone));
    }
    let (Some(sends), Some(left)) = (state.sends_left.checked_sub(1), state.bytes_left.checked_sub(bytes))
    else {
        return Ok(Err(if state.sends_left == 0 { Spent::Sends } else { Spent::Bytes }));
    };
    (state.sends_left, state.bytes_left) = (sends, left);
    write(tables, row, &state)?;
    Ok(Ok(()))
}

/// Gives back what was taken for a message that certainly was not sent.
pub(crate) fn give_back(tables: &mut dyn Tables, hash: &str, bytes: u64) -> Result<()> {
    let Some(row) = tables.lock_relay_token(hash)? else { return Ok(()) };
    let Some(mut state) = read(&row) else { return Ok(()) };
    state.sends_left = state.sends_left.saturating_add(1).min(state.grant.sends);
    state.bytes_left = state.bytes_left.saturating_add(bytes).min(state.grant.bytes);
    write(tables, row, &state)
}

/// How long a token lasts by now, and what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Renewed {
    /// From when on it opens nothing, in milliseconds since 1970.
    pub expires_at: Millis,
    /// Until when it can be renewed, in milliseconds since 1970.
    pub renewable_until: Millis,
    /// How many messages may still be sent.
    pub sends_left: u32,
    /// How many bytes of files may still be sent.
    pub bytes_left: u64,
}

/// Lets a token last as long from now on as it did at first, but not longer than it may be renewed. None if it has expired or
/// was revoked; whether it lasts longer than before otherwise.
pub(crate) fn renew(tables: &mut dyn Tables, hash: &str) -> Result<Option<(Renewed, bool)>> {
    let Some(mut row) = tables.lock_relay_token(hash)? else { return Ok(None) };
    let Some(state) = read(&row) else { return Ok(None) };
    let now = tables.now()?;
    if row.expires <= now {
        return Ok(None);
    }
    let until = now.saturating_add(millis(state.grant.seconds)).min(state.renewable_until());
    let is_longer = until > row.expires;
    row.expires = row.expires.max(until);
    let renewed = Renewed {
        expires_at: row.expires,
        renewable_until: state.renewable_until(),
        sends_left: state.sends_left,
        bytes_left: state.bytes_left,
    };
    if is_longer {
        write(tables, row, &state)?;
    }
    Ok(Some((renewed, is_longer)))
}

#[cfg(test)]
mod tests {
    use whatsgate_native::SessionId;
    use whatsgate_store::{Memory, RelayTables as _, RelayTokens};

    use super::*;
    use crate::grant::{Chats, RelayCommand};

    fn grant() -> Grant {
        let session = SessionId::new("6345454545454").unwrap();
        Grant::new(session, [RelayCommand::Send], Chats::All).with_sends(2).with_bytes(100)
    }

    fn minted(tables: &mut Memory, grant: Grant) -> String {
        let secret = Secret::new();
        let minted = mint(tables, "shop", grant, &secret, 9).unwrap().unwrap();
        assert_eq!(minted.token, secret.token);
        hash(&secret.token).unwrap()
    }

    fn tables() -> Memory {
        let mut tables = Memory::new();
        tables.set_clock(1_000_000);
        tables
    }

    #[test]
    fn a_token_is_random_and_kept_as_its_hash() {
        let (one, other) = (Secret::new(), Secret::new());
        assert!(one.token != other.token && one.id != other.id && !one.token.contains(&one.id));
        assert_eq!(hash("wgr_"), None);
        assert_eq!(hash(&one.token.replace("wgr_", "wgs_")), None);
        let tables = &mut tables();
        let hash = minted(tables, grant());
        let row = tables.relay_token(&hash).unwrap().unwrap();
        assert!(!format!("{row:?}{}{}", row.state, row.hash).contains("wgr_"));
    }

    #[test]
    fn a_token_opens_nothing_from_its_end_on() {
        let tables = &mut tables();
        let hash = minted(tables, grant().with_seconds(60));
        tables.set_clock(1_059_999);
        assert!(find(tables, &hash).unwrap().is_some());
        tables.set_clock(1_060_000);
        assert!(find(tables, &hash).unwrap().is_none());
        assert_eq!(take(tables, &hash, 0).unwrap(), Err(Spent::Gone));
        assert!(renew(tables, &hash).unwrap().is_none());
        assert!(list(tables, "shop", "", 9).unwrap().is_empty());
        // It is thrown away with the next one.
        minted(tables, grant());
        assert_eq!(tables.relay_token(&hash).unwrap(), None);
    }

    #[test]
    fn what_is_taken_is_gone_and_comes_back_once_given_back() {
        let tables = &mut tables();
        let hash = minted(tables, grant());
        assert_eq!(take(tables, &hash, 101).unwrap(), Err(Spent::Bytes));
        assert_eq!(take(tables, &hash, 60).unwrap(), Ok(()));
        assert_eq!(take(tables, &hash, 60).unwrap(), Err(Spent::Bytes));
        assert_eq!(take(tables, &hash, 40).unwrap(), Ok(()));
        assert_eq!(take(tables, &hash, 0).unwrap(), Err(Spent::Sends));
        give_back(tables, &hash, 40).unwrap();
        assert_eq!(take(tables, &hash, 41).unwrap(), Err(Spent::Bytes));
        assert_eq!(take(tables, &hash, 40).unwrap(), Ok(()));
        // Never more than there was.
        for _ in 0..9 {
            give_back(tables, &hash, 40).unwrap();
        }
        let info = &list(tables, "shop", "", 9).unwrap()[0];
        assert_eq!((info.sends_left, info.bytes_left), (2, 100));
        tables.remove_relay_tokens("shop", &RelayTokens::All).unwrap();
        give_back(tables, &hash, 40).unwrap();
        assert_eq!(take(tables, &hash, 0).unwrap(), Err(Spent::Gone));
    }

    #[test]
    fn renewing_adds_time_up_to_the_end_and_nothing_else() {
        let tables = &mut tables();
        let hash = minted(tables, grant().with_seconds(60).with_renewal(100));
        take(tables, &hash, 60).unwrap().unwrap();
        tables.set_clock(1_030_000);
        let (renewed, is_longer) = renew(tables, &hash).unwrap().unwrap();
        assert_eq!((renewed.expires_at, renewed.renewable_until), (1_090_000, 1_100_000));
        assert_eq!((is_longer, renewed.sends_left, renewed.bytes_left), (true, 1, 40));
        tables.set_clock(1_080_000);
        assert_eq!(renew(tables, &hash).unwrap().unwrap().0.expires_at, 1_100_000);
        assert!(!renew(tables, &hash).unwrap().unwrap().1);
        tables.set_clock(1_100_000);
        assert!(renew(tables, &hash).unwrap().is_none());
        // One that is not to be renewed is not shortened either.
        let hash = minted(tables, grant().with_seconds(60));
        let (renewed, is_longer) = renew(tables, &hash).unwrap().unwrap();
        assert_eq!((renewed.expires_at, is_longer), (1_160_000, false));
    }

    #[test]
    fn a_program_has_so_many_tokens_at_most() {
        let tables = &mut tables();
        for _ in 0..3 {
            assert!(mint(tables, "shop", grant(), &Secret::new(), 3).unwrap().is_some());
        }
        assert!(mint(tables, "shop", grant(), &Secret::new(), 3).unwrap().is_none());
        assert!(mint(tables, "crm", grant(), &Secret::new(), 3).unwrap().is_some());
        tables.set_clock(2_000_000);
        assert!(mint(tables, "shop", grant(), &Secret::new(), 3).unwrap().is_some());
    }
}
