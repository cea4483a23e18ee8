//! The folders that files may come from and go to.

use std::io;
use std::path::{Component, Path, PathBuf};

use axum::http::StatusCode;

use crate::problem::Problem;

/// The folders that programs may name files in; none unless told.
///
/// What counts is where a path leads, with all links followed. Whoever may change links inside of such a folder while a file is
/// read can lead the service elsewhere, so give folders whose owners you trust.
///
/// ```
/// use whatsgate_serve::Folders;
///
/// let here = std::env::temp_dir();
/// let folders = Folders::default().from(&here)?.to(&here)?;
/// assert!(Folders::default().from("/there/is/none").is_err());
/// # drop(folders);
/// # Ok::<(), whatsgate_serve::FolderError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Folders {
    from: Vec<PathBuf>,
    to: Vec<PathBuf>,
}

/// A folder that cannot be one.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct FolderError {
    path: PathBuf,
    source: io::Error,
}

impl Folders {
    /// Files may be sent from this folder and all below it.
    ///
    /// # Errors
    /// If it is not there
    pub fn from(mut self, folder: impl AsRef<Path>) -> Result<Self, FolderError> {
        self.from.push(real(folder.as_ref())?);
        Ok(self)
    }

    /// Files may be saved into this folder and all below it.
    ///
    /// # Errors
    /// If it is not there
    pub fn to(mut self, folder: impl AsRef<Path>) -> Result<Self, FolderError> {
        self.to.push(real(folder.as_ref())?);
        Ok(self)
    }

    /// Where a file to send lies.
    pub(crate) fn file(&self, path: &str) -> Result<PathBuf, Problem> {
        let real = absolute(path)?.canonicalize().map_err(|_| forbidden("file", &self.from))?;
        if self.from.iter().any(|folder| real.starts_with(folder)) {
            return Ok(real);
        }
        Err(forbidden("file", &self.from))
    }

    /// Where a file may be saved: the folder must be there, the file must not.
    pub(crate) fn target(&self, path: &str) -> Result<PathBuf, Problem> {
        let path = absolute(path)?;
        let (Some(folder), Some(Component::Normal(name))) = (path.parent(), path.components().next_back())
        else {
            return Err(Problem::invalid("save_to: it must name a file"));
        };
        let folder = folder.canonicalize().map_err(|_| forbidden("save_to", &self.to))?;
        if !self.to.iter().any(|allowed| folder.starts_with(allowed)) {
            return Err(forbidden("save_to", &self.to));
        }
        let target = folder.join(name);
        if target.symlink_metadata().is_ok() {
            let advice = "Take another name, or remove the file; nothing was fetched.";
            return Err(Problem::conflict("exists", "save_to: there is a file of this name already", advice));
        }
        Ok(target)
    }
}

fn real(path: &Path) -> Result<PathBuf, FolderError> {
    let is_folder = path
        .canonicalize()
        .and_then(|real| if real.is_dir() { Ok(real) } else { Err(io::Error::other("it is not a folder")) });
    is_folder.map_err(|source| FolderError { path: path.to_owned(), source })
}

/// The longest name of a file that file systems take.
const LONGEST: usize = 255;

fn absolute(path: &str) -> Result<&Path, Problem> {
    if path.contains(char::is_control) || path.split('/').any(|name| name.len() > LONGEST) {
        return Err(Problem::invalid("a path has no control characters, and names of at most 255 bytes"));
    }
    let path = Path::new(path);
    if path.is_absolute() { Ok(path) } else { Err(Problem::invalid("a path must be absolute")) }
}

/// Whether the path is outside or not there is not told apart, so that nobody can look around.
fn forbidden(member: &str, allowed: &[PathBuf]) -> Problem {
    let detail = if allowed.is_empty() {
        format!("{member}: this service takes no paths")
    } else {
        format!("{member}: there is no such path in the folders that this service may use")
    };
    let advice = "Whoever runs the service names the folders in its configuration; nothing was done.";
    Problem::new(StatusCode::FORBIDDEN, "path", detail, advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn what_leads_outside_is_refused_however_it_is_written() {
        let root = tempfile::tempdir().unwrap();
        let (inside, outside) = (root.path().join("in"), root.path().join("out"));
        std::fs::create_dir(&inside).unwrap();
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(inside.join("a.pdf"), "a").unwrap();
        std::fs::write(outside.join("secret"), "s").unwrap();
        std::os::unix::fs::symlink(&outside, inside.join("link")).unwrap();
        std::os::unix::fs::symlink(outside.join("secret"), inside.join("file")).unwrap();
        let folders = Folders::default().from(&inside).unwrap().to(&inside).unwrap();
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();

        assert!(folders.file(&text(inside.join("a.pdf"))).is_ok());
        for path in ["../out/secret", "link/secret", "file", "link/../../out/secret", "missing"] {
            assert!(folders.file(&text(inside.join(path))).is_err(), "{path}");
        }
        assert!(folders.file("a.pdf").is_err());

        assert!(folders.target(&text(inside.join("new.pdf"))).is_ok());
        for path in ["../out/new", "link/new", "file", "a.pdf", "..", "missing/new"] {
            assert!(folders.target(&text(inside.join(path))).is_err(), "{path}");
        }
        assert!(Folders::default().file(&text(inside.join("a.pdf"))).is_err());
    }
}
