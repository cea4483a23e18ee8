//! Pages of `sessions-get` and `events-get` (wire reference, section 2.6).

use serde_json::{Value, json};

use super::answer::Answer;
use super::fields::Fields;

const DEFAULT_SIZE: u64 = 10;
const MAX_SIZE: u64 = 100;

/// Which page is asked for.
pub(crate) struct Paging {
    size: u64,
    page: u64,
}

impl Paging {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self, Answer> {
        let size = fields.count("page_cnt")?.unwrap_or(DEFAULT_SIZE).min(MAX_SIZE);
        Ok(Self { size, page: fields.count("page")?.unwrap_or(1) })
    }

    /// The same, for a command whose maximum is documented: a larger size is refused.
    pub(crate) fn read_limited(fields: &Fields<'_>) -> Result<Self, Answer> {
        match fields.count("page_cnt")? {
            Some(size) if size > MAX_SIZE => Err(fields.refuse("page_cnt", "must be at most 100")),
            _ => Self::read(fields),
        }
    }

    /// The reply with the page's elements; a page beyond the last is empty.
    pub(crate) fn reply<T>(&self, elements: &[T], to_json: impl Fn(&T) -> Value) -> Value {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let skipped = usize::try_from((self.page - 1).saturating_mul(self.size)).unwrap_or(usize::MAX);
        let data: Vec<Value> = elements.iter().skip(skipped).take(size).map(to_json).collect();
        json!({
            "result": "OK",
            "pages": elements.len().div_ceil(size),
            "elements": elements.len(),
            "page": self.page,
            "data": data,
        })
    }
}
