//! Mistakes that several commands look for before anything is sent.

use crate::command::InvalidRequest;

pub(super) fn not_blank(member: &'static str, text: &str) -> Result<(), InvalidRequest> {
    if text.trim().is_empty() { Err(InvalidRequest::new(member, "it is empty")) } else { Ok(()) }
}

pub(super) fn url(member: &'static str, text: &str) -> Result<(), InvalidRequest> {
    if crate::is_http_url(text) {
        Ok(())
    } else {
        Err(InvalidRequest::new(member, "it must be a URL that starts with http:// or https://"))
    }
}

pub(super) fn page(page: Option<u32>, size: Option<u32>, largest: Option<u32>) -> Result<(), InvalidRequest> {
    if page == Some(0) {
        return Err(InvalidRequest::new("page", "pages are counted from 1"));
    }
    match (size, largest) {
        (Some(0), _) => Err(InvalidRequest::new("page_cnt", "a page has at least one element")),
        (Some(size), Some(largest)) if size > largest => {
            Err(InvalidRequest::new("page_cnt", format!("a page has at most {largest} elements")))
        }
        _ => Ok(()),
    }
}
