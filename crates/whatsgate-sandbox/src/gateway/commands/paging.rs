//! Pages of `sessions-get` and `events-get` (wire reference, section 2.6).

use serde_json::{Value, json};

use crate::gateway::answer::Answer;
use crate::gateway::fields::Fields;

const DEFAULT_SIZE: u64 = 10;
const MAX_SIZE: u64 = 100;

/// Which page is asked for.
pub(super) struct Paging {
    size: u64,
    page: u64,
}

impl Paging {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, Answer> {
        let size = fields.count("page_cnt")?.unwrap_or(DEFAULT_SIZE).min(MAX_SIZE);
        Ok(Self { size, page: fields.count("page")?.unwrap_or(1) })
    }

    /// The same, for a command whose maximum is documented: a larger size is refused.
    pub(super) fn read_limited(fields: &Fields<'_>) -> Result<Self, Answer> {
        match fields.count("page_cnt")? {
            Some(size) if size > MAX_SIZE => Err(fields.refuse("page_cnt", "must be at most 100")),
            _ => Self::read(fields),
        }
    }

    /// The reply with the page's elements; a page beyond the last is empty.
    pub(super) fn reply<T>(&self, elements: impl Iterator<Item = T>, to_json: impl Fn(T) -> Value) -> Value {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let skipped = usize::try_from((self.page - 1).saturating_mul(self.size)).unwrap_or(usize::MAX);
        let page = skipped..skipped.saturating_add(size);
        let mut count = 0;
        let mut data = Vec::new();
        for (place, element) in elements.enumerate() {
            count = place + 1;
            if page.contains(&place) {
                data.push(to_json(element));
            }
        }
        json!({
            "result": "OK",
            "pages": count.div_ceil(size),
            "elements": count,
            "page": self.page,
            "data": data,
        })
    }
}
