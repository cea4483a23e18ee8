//! The disk under the store, and what the system allows.

use std::io::{self, Write as _};
use std::path::Path;

use super::finding::{Finding, Id};

const MIB: u64 = 1024 * 1024;
/// So much is wanted at least.
const LEAST_FREE: u64 = 100 * MIB;
/// So many open files are wanted.
#[cfg(unix)]
const LEAST_FILES: u64 = 1024;

/// Looks at the folder of a store's file.
pub(super) fn of_store(file: &Path) -> Vec<Finding> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut findings = Vec::new();
    match fs4::available_space(folder) {
        Ok(free) => findings.push(room(free, size(file))),
        Err(_) => return vec![Id::DiskUnchecked.into()],
    }
    findings.extend(written(folder).err().map(|error| of_error(&error).into()));
    findings
}

/// The limit of open files.
pub(super) fn open_files() -> Vec<Finding> {
    #[cfg(unix)]
    {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        let id =
            if limit.is_some_and(|limit| limit < LEAST_FILES) { Id::FilesLimitLow } else { Id::FilesLimit };
        let shown = limit.map_or_else(|| "∞".to_owned(), |limit| limit.to_string());
        vec![Finding::new(id).with("limit", shown)]
    }
    #[cfg(not(unix))]
    Vec::new()
}

/// The name of the network file system that a file is on, if it is on one.
pub(super) fn network(file: &Path) -> Option<&'static str> {
    #[cfg(target_os = "linux")]
    {
        // The magic numbers of linux/magic.h, and of file systems in user space.
        let kind = rustix::fs::statfs(file).ok()?.f_type;
        Some(match u64::try_from(kind).ok()? & 0xffff_ffff {
            0x6969 => "NFS",
            0xff53_4d42 | 0xfe53_4d42 | 0x517b => "SMB",
            0x0102_1997 => "9p",
            0x00c3_6400 => "Ceph",
            0x5346_414f => "AFS",
            0x0bd0_0bd0 => "Lustre",
            0x0116_1970 => "GFS2",
            0x7461_636f => "OCFS2",
            _ => return None,
        })
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = file;
        None
    }
}

/// Whether a restart of the machine may empty the folder of a file.
pub(super) fn is_temporary(file: &Path) -> bool {
    let path = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let in_folder = ["/tmp", "/var/tmp", "/dev/shm", "/run"].iter().any(|folder| path.starts_with(folder));
    in_folder || path.starts_with(std::env::temp_dir()) || is_in_memory(file)
}

fn is_in_memory(file: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        // tmpfs and ramfs.
        let kind = rustix::fs::statfs(file).ok().and_then(|found| u64::try_from(found.f_type).ok());
        kind.is_some_and(|kind| matches!(kind & 0xffff_ffff, 0x0102_1994 | 0x8584_58f6))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = file;
        false
    }
}

/// The size of the file with its log.
fn size(file: &Path) -> u64 {
    let of = |ending: &str| {
        let mut path = file.as_os_str().to_owned();
        path.push(ending);
        std::fs::metadata(path).map(|found| found.len()).unwrap_or_default()
    };
    of("") + of("-wal")
}

fn room(free: u64, size: u64) -> Finding {
    let wanted = LEAST_FREE.max(size.saturating_mul(2));
    let shown = |bytes: u64| {
        if bytes < 10 * 1024 * MIB {
            format!("{} MiB", bytes / MIB)
        } else {
            format!("{} GiB", bytes / MIB / 1024)
        }
    };
    let id = if free < wanted { Id::DiskLow } else { Id::DiskFree };
    Finding::new(id).with("free", shown(free)).with("wanted", shown(wanted))
}

/// Whether something can be written: a small file, which is gone at once.
fn written(folder: &Path) -> io::Result<()> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&[0; 8192])?;
    file.sync_all()
}

fn of_error(error: &io::Error) -> Id {
    match error.kind() {
        io::ErrorKind::StorageFull => Id::DiskFull,
        io::ErrorKind::QuotaExceeded => Id::DiskQuota,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Id::DiskReadOnly,
        _ => Id::DiskUnchecked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_store_wants_twice_its_size() {
        for (free, size, id) in [
            (100 * MIB, 0, Id::DiskFree),
            (100 * MIB - 1, 0, Id::DiskLow),
            (399 * MIB, 200 * MIB, Id::DiskLow),
            (400 * MIB, 200 * MIB, Id::DiskFree),
        ] {
            assert_eq!(room(free, size).id, id, "{free} {size}");
        }
    }

    #[test]
    fn what_cannot_be_written_has_its_reason() {
        for (kind, id) in [
            (io::ErrorKind::StorageFull, Id::DiskFull),
            (io::ErrorKind::QuotaExceeded, Id::DiskQuota),
            (io::ErrorKind::PermissionDenied, Id::DiskReadOnly),
            (io::ErrorKind::NotFound, Id::DiskUnchecked),
        ] {
            assert_eq!(of_error(&kind.into()), id);
        }
    }
}
