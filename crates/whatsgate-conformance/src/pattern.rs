//! Patterns of names.

/// A pattern of names of trials, such as `sends/*/late`: `*` stands for any characters, also for none. A pattern without one
/// also stands for what begins with it and a `/`, so that `sends` means the whole group.
///
/// ```
/// use whatsgate_conformance::Pattern;
///
/// assert!(Pattern::new("sends").matches("sends/text/late"));
/// assert!(Pattern::new("sends/*/late").matches("sends/text/late"));
/// assert!(!Pattern::new("send").matches("sends/text/late"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// A pattern.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for this name.
    pub fn matches(&self, name: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else {
            return name.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        };
        let Some(mut name) = name.strip_prefix(first) else { return false };
        let mut parts: Vec<_> = rest.split('*').collect();
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            let Some(at) = name.find(part) else { return false };
            name = &name[at + part.len()..];
        }
        name.ends_with(last)
    }
}
