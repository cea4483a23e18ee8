//! What support needs, in one file, and nothing that is private.

use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use dialoguer::Confirm;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::texts::Language;
use crate::command_error::CommandError;
use crate::output::Output;
use crate::text;

/// A file of the bundle.
pub(super) struct Part {
    pub(super) name: &'static str,
    /// The text that says what it is.
    pub(super) what: &'static str,
    pub(super) content: String,
}

/// Where a bundle goes.
pub(super) struct Bundle {
    path: PathBuf,
    force: bool,
    yes: bool,
}

impl Bundle {
    /// Looks whether the bundle could be written, before anything is asked.
    pub(super) fn new(path: PathBuf, force: bool, yes: bool, output: &Output) -> Result<Self, CommandError> {
        let shown = path.display();
        // Not through links, and not in the place of a device.
        if std::fs::symlink_metadata(&path).is_ok_and(|there| !there.is_file()) {
            return Err(CommandError::usage(format!(
                "--bundle {shown}: there is something else than a file"
            )));
        }
        if path.exists() && !force {
            return Err(CommandError::usage(format!("--bundle {shown}: it exists; --force replaces it")));
        }
        // It may be the store that is looked at.
        if path.exists() && !is_earlier(&path) {
            return Err(CommandError::usage(format!(
                "--bundle {shown}: it is no earlier bundle, and is not replaced; take another name"
            )));
        }
        if path.as_os_str().as_encoded_bytes().ends_with(b"/") || !folder(&path).is_dir() {
            return Err(CommandError::usage(format!("--bundle {shown}: there is no such folder")));
        }
        if !yes && (output.is_json() || !std::io::stdin().is_terminal()) {
            return Err(CommandError::usage(
                "--bundle: nobody to ask: give --yes to write it without a question",
            ));
        }
        Ok(Self { path, force, yes })
    }

    /// Tells what it will hold, asks, and writes it.
    pub(super) async fn write(
        self,
        parts: Vec<Part>,
        language: Language,
        output: &Output,
    ) -> Result<(), CommandError> {
        let file = text::plain(&self.path.display().to_string());
        let (members, list) = contents(&parts, language);
        output.tell(
            &json!({ "bundle": { "file": file, "files": members } }),
            format!("\n{}\n{list}", language.say("bundle", &[("file", &file)])),
        )?;
        if !self.yes && !confirmed(language).await? {
            return output.say(language.say("bundle-not-written", &[]));
        }
        let path = self.path.clone();
        let written = tokio::task::spawn_blocking(move || self.pack(&parts)).await;
        let written = written.map_err(CommandError::local)?;
        let bytes = written.with_context(|| format!("{}: it cannot be written", path.display()));
        let bytes = bytes.map_err(CommandError::local)?;
        let facts: [(&str, &dyn std::fmt::Display); 2] = [("file", &file), ("bytes", &bytes)];
        output.tell(&json!({ "written": file, "bytes": bytes }), language.say("bundle-written", &facts))
    }

    /// Writes it whole or not at all, for nobody but its owner.
    fn pack(&self, parts: &[Part]) -> anyhow::Result<u64> {
        let mut file = NamedTempFile::new_in(folder(&self.path))?;
        let mut archive = tar::Builder::new(GzEncoder::new(file.as_file_mut(), Compression::default()));
        for part in parts {
            let mut header = tar::Header::new_gnu();
            header.set_size(part.content.len() as u64);
            header.set_mode(0o600);
            archive.append_data(
                &mut header,
                format!("whatsgate-doctor/{}", part.name),
                part.content.as_bytes(),
            )?;
        }
        archive.into_inner()?.finish()?.flush()?;
        let bytes = file.as_file().metadata()?.len();
        if self.force {
            file.persist(&self.path)?;
        } else {
            file.persist_noclobber(&self.path)?;
        }
        Ok(bytes)
    }
}

/// Whether a file may be replaced: it is empty, or compressed as bundles are.
fn is_earlier(path: &Path) -> bool {
    use std::io::Read as _;

    let mut begin = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(2).read_to_end(&mut begin));
    read.is_ok() && (begin.is_empty() || begin == [0x1f, 0x8b])
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What a bundle will hold, for scripts and for people.
fn contents(parts: &[Part], language: Language) -> (Vec<Value>, String) {
    let line = |part: &Part| {
        format!("  {:<14}{:>8}  {}", part.name, part.content.len(), language.say(part.what, &[]))
    };
    let members = parts.iter().map(|part| {
        json!({ "name": part.name, "bytes": part.content.len(), "what": language.say(part.what, &[]) })
    });
    (members.collect(), parts.iter().map(line).collect::<Vec<_>>().join("\n"))
}

async fn confirmed(language: Language) -> Result<bool, CommandError> {
    let question = language.say("bundle-ask", &[]);
    let asked =
        tokio::task::spawn_blocking(move || Confirm::new().with_prompt(question).default(false).interact());
    asked.await.map_err(CommandError::local)?.map_err(CommandError::local)
}
