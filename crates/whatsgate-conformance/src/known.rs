//! The list of what is known to fail.

use crate::pattern::Pattern;

/// What a client is known to fail, each with a reason. What stands here must keep failing.
///
/// ```
/// use whatsgate_conformance::KnownFailing;
///
/// let known: KnownFailing = "# a comment\nwire/*/bom  # json.loads refuses a byte order mark\n".parse()?;
/// assert!(known.reason("wire/seen/bom").is_some());
/// assert!(known.reason("wire/seen/as-is").is_none());
/// # Ok::<(), whatsgate_conformance::KnownError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct KnownFailing(Vec<Known>);

#[derive(Clone, Debug)]
struct Known {
    pattern: Pattern,
    reason: String,
}

/// Why a list of known failures cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: a pattern wants a reason, as in `wire/*/bom  # refuses a byte order mark`")]
pub struct KnownError {
    /// The line, from 1.
    pub line: usize,
}

impl std::str::FromStr for KnownFailing {
    type Err = KnownError;

    fn from_str(text: &str) -> Result<Self, KnownError> {
        let mut known = Vec::new();
        // Windows' editors put a mark before the text.
        for (place, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let (pattern, reason) = line.split_once('#').unwrap_or((line, ""));
            let (pattern, reason) = (pattern.trim(), reason.trim());
            if pattern.is_empty() {
                continue;
            }
            if reason.is_empty() {
                return Err(KnownError { line: place + 1 });
            }
            known.push(Known { pattern: Pattern::new(pattern), reason: reason.to_owned() });
        }
        Ok(Self(known))
    }
}

impl KnownFailing {
    /// Why the trial of this name fails, if it is known to.
    pub fn reason(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|known| known.pattern.matches(name)).map(|known| known.reason.as_str())
    }

    /// The patterns that stand for none of these names.
    pub fn idle<'a>(&self, names: &(impl Iterator<Item = &'a str> + Clone)) -> Vec<&str> {
        let is_idle = |known: &&Known| !names.clone().any(|name| known.pattern.matches(name));
        self.0.iter().filter(is_idle).map(|known| known.pattern.as_str()).collect()
    }
}
