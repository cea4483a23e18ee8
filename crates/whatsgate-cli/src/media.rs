//! `whatsgate media`.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;
use serde_json::json;
use tempfile::TempPath;
use whatsgate_native::Session;
use whatsgate_native::files::{Download, Received, TransferError};
use whatsgate_native::model::{self, MediaKey, MessageId};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::subcommand::Subcommand;
use crate::text;

/// Save the file of a message
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate media false_79999999999@c.us_17AC61BFA5A561B7EE42F98810EDFFC4
  whatsgate media false_79999999999@c.us_17AC61BFA5A561B7EE42F98810EDFFC4 -o photo.jpg
  whatsgate media false_79999999999@c.us_17AC61BFA5A561B7EE42F98810EDFFC4 -o - | tar x")]
pub(crate) struct Media {
    /// The long id of the message, or a media key
    message: String,
    /// Where to save it: a file, or a directory in which it keeps its own name; - writes to standard output [default: .]
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

impl Subcommand for Media {
    fn facts(&self) -> Facts {
        Facts::session()
    }

    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let session = context.session()?;
        let source = Source::read(&self.message)?;
        let bar = context.output.transfer("fetching");
        if self.output.as_deref() == Some(Path::new("-")) {
            let mut stdout = tokio::io::stdout();
            source.fetch(&session, Download::to_writer(&mut stdout).with_progress(bar.report())).await?;
            return Ok(());
        }
        let target = Target::new(self.output, self.force)?;
        let download = Download::to_path(target.temporary.to_path_buf()).with_progress(bar.report());
        // An interrupted transfer is dropped, and what it had written with it.
        let received = source.fetch(&session, download).await?;
        drop(bar);
        let path = target.keep(&received.media)?;
        let mimetype = received.media.mimetype.as_ref().map(ToString::to_string);
        let kind = mimetype.as_ref().map(|mimetype| format!(", {mimetype}")).unwrap_or_default();
        context.output.result(
            &json!({
                "path": path,
                "bytes": received.size,
                "mimetype": mimetype,
                "sha256": received.sha256_hex(),
            }),
            format!("saved {} ({} bytes{kind})", path.display(), received.size),
        )
    }
}

/// What names the file.
enum Source {
    Message(MessageId),
    Key(MediaKey),
}

impl Source {
    fn read(text: &str) -> Result<Self, CommandError> {
        // Keys are base64, which has no such character.
        if text.contains('_') {
            Ok(Self::Message(MessageId::new(text)?))
        } else {
            Ok(Self::Key(MediaKey::new(text)?))
        }
    }

    async fn fetch(&self, session: &Session, download: Download<'_>) -> Result<Received, TransferError> {
        match self {
            Self::Message(message) => session.save_message_media(message, download).await,
            Self::Key(key) => session.save_media(key, download).await,
        }
    }
}

/// Where the file goes to. It is there under another name until it is complete, since only the reply tells its own name.
struct Target {
    directory: PathBuf,
    name: Option<PathBuf>,
    force: bool,
    temporary: TempPath,
}

impl Target {
    fn new(output: Option<PathBuf>, force: bool) -> Result<Self, CommandError> {
        let (directory, name) = match output {
            None => (PathBuf::new(), None),
            Some(path) if path.is_dir() => (path, None),
            Some(path) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => {
                return Err(at(&path, NO_FOLDER));
            }
            Some(path) if path.exists() && !path.is_file() => return Err(at(&path, SPECIAL)),
            Some(path) if path.exists() && !force => return Err(at(&path, EXISTS)),
            Some(path) => (path.parent().map(Path::to_owned).unwrap_or_default(), Some(path)),
        };
        let beside = if directory == Path::new("") { Path::new(".") } else { &directory };
        let made = tempfile::Builder::new().prefix(".").suffix(".part").tempfile_in(beside);
        let temporary = made.map_err(|error| unusable(beside, &error))?.into_temp_path();
        Ok(Self { directory, name, force, temporary })
    }

    fn keep(self, media: &model::Media) -> Result<PathBuf, CommandError> {
        let path = self.name.unwrap_or_else(|| self.directory.join(own_name(media)));
        let kept =
            if self.force { self.temporary.persist(&path) } else { self.temporary.persist_noclobber(&path) };
        match kept.map_err(|error| error.error) {
            Ok(()) => Ok(path),
            Err(_) if path.is_dir() => Err(at(&path, "it is a folder")),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(at(&path, EXISTS)),
            Err(error) => Err(unusable(&path, &error)),
        }
    }
}

const EXISTS: &str = "it exists; --force replaces it";
const NO_FOLDER: &str = "there is no such folder";
const SPECIAL: &str = "it is neither a file nor a folder; -o - writes to standard output";

fn at(path: &Path, why: &str) -> CommandError {
    CommandError::local(anyhow!("{}: {why}", path.display()))
}

fn unusable(path: &Path, error: &io::Error) -> CommandError {
    match error.kind() {
        ErrorKind::NotFound => at(path, NO_FOLDER),
        ErrorKind::NotADirectory => at(path, "it is not a folder"),
        ErrorKind::PermissionDenied => at(path, "nothing may be saved there: permission denied"),
        ErrorKind::ReadOnlyFilesystem => at(path, "nothing can be saved there: it is read-only"),
        ErrorKind::StorageFull => at(path, "nothing can be saved there: it is full"),
        _ => at(path, &format!("nothing can be saved there: {error}")),
    }
}

/// The file's own name without what a sender could use to write elsewhere, to hide the file or to control the terminal.
fn own_name(media: &model::Media) -> String {
    let name = media.filename.as_deref().unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.trim_start_matches('.').chars().filter(|c| !text::controls(*c)).collect();
    if name.is_empty() { "media.bin".to_owned() } else { name }
}
