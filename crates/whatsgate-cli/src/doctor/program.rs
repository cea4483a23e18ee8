//! The program itself.

use std::time::SystemTime;

use super::finding::{Finding, Id};

/// From so many days on it is worth looking for a newer one.
const OLD: u64 = 365;

/// The version, and how old the file is.
pub(super) fn look() -> Vec<Finding> {
    let days = age();
    let shown = days.map_or_else(|| "?".to_owned(), |days| days.to_string());
    let version = Finding::new(Id::ProgramVersion)
        .with("version", env!("CARGO_PKG_VERSION"))
        .with("system", system())
        .with("days", shown);
    let old = days.filter(|days| *days > OLD);
    [version].into_iter().chain(old.map(|days| Finding::new(Id::ProgramOld).with("days", days))).collect()
}

/// The system that the program is made for.
pub(super) fn system() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

fn age() -> Option<u64> {
    let written = std::env::current_exe().ok()?.metadata().ok()?.modified().ok()?;
    Some(SystemTime::now().duration_since(written).unwrap_or_default().as_secs() / (24 * 3600))
}
