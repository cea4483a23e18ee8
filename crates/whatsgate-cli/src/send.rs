//! `whatsgate send`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use serde_json::json;
use tokio::io::AsyncReadExt;
use whatsgate_durable::Post;
use whatsgate_native::Session;
use whatsgate_native::files::Upload;
use whatsgate_native::model::{Ack, MessageId, MimeType, OutgoingMessage, OutgoingType, SendResult};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::facts::Facts;
use crate::interrupt::interrupted;
use crate::keyed::{self, KeyArgs};
use crate::recipient::RecipientArgs;
use crate::subcommand::Subcommand;
use crate::text;

/// Send a text or a file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  whatsgate send 79999999999 \"Hello\"
  whatsgate send 79999999999 --file report.xlsx \"The report\"
  whatsgate send --group 4239048293082 \"Hello, all\"
  whatsgate send 79999999999 --quote false_79999999999@c.us_3EB0436AE1E682FF3A37 \"Yes\"
  whatsgate send --country ru \"8 (999) 999-99-99\" \"Hello\"
  echo \"Hello\" | whatsgate send 79999999999 -
  pg_dump shop | gzip | whatsgate send 79999999999 --file - --name shop.sql.gz
  whatsgate send 79999999999 --key order-17 \"Your order has come\"
  whatsgate send 79999999999 --key code-42 --urgent --expires 10m \"Your code is 1234\"

With --key it is sent once, however often and after whatever failure the command is run
again: 0 means sent, 1 not sent, 3 not known yet or still queued: then run the same
command again.")]
pub(crate) struct Send {
    #[command(flatten)]
    to: RecipientArgs,
    /// The text, or the caption of the file; - reads it from standard input
    text: Option<String>,
    /// Send this file, of any size; - reads it from standard input and needs --name
    #[arg(long, short, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Send the file as this type instead of the one it looks like
    #[arg(long = "as", value_name = "TYPE", requires = "file")]
    kind: Option<FileType>,
    /// The file's MIME type instead of the one it looks like
    #[arg(long, value_name = "TYPE", requires = "file")]
    mime: Option<MimeType>,
    /// The file's name for the recipient instead of its own
    #[arg(long, value_name = "NAME", requires = "file")]
    name: Option<String>,
    /// Answer the message with this long id
    #[arg(long, value_name = "MESSAGE")]
    quote: Option<MessageId>,
    /// Return once the message is queued instead of sent
    #[arg(long = "async", conflicts_with = "key")]
    asynchronous: bool,
    #[command(flatten)]
    keyed: KeyArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileType {
    Image,
    Sticker,
    Doc,
    Voice,
}

impl From<FileType> for OutgoingType {
    fn from(kind: FileType) -> Self {
        match kind {
            FileType::Image => Self::Image,
            FileType::Sticker => Self::Sticker,
            FileType::Doc => Self::Document,
            FileType::Voice => Self::Voice,
        }
    }
}

impl Subcommand for Send {
    fn facts(&self) -> Facts {
        let facts = Facts::session().changing().handling_interrupts();
        match self.keyed.key {
            Some(_) => facts
                .advising("Call it again with the same key: it goes on with the message, and sends it once."),
            None => facts,
        }
    }

    async fn run(mut self, context: &Context) -> Result<(), CommandError> {
        let session = context.session()?;
        if self.text.as_deref() == Some("-") && self.file.as_deref() == Some(Path::new("-")) {
            return Err(CommandError::usage("standard input can be the text or the file, not both"));
        }
        let mut interrupted = interrupted()?;
        self.text = tokio::select! {
            text = typed_or_from_stdin(self.text) => text?,
            () = &mut interrupted => return Err(CommandError::local(anyhow!("interrupted; nothing was sent"))),
        };
        if self.keyed.key.is_some() {
            return self.put(context, &session, interrupted).await;
        }
        let result = tokio::select! {
            result = deliver(context, &session, self) => result?,
            () = interrupted => return Err(CommandError::interrupted()),
        };
        print(context, &result)
    }
}

impl Send {
    /// Sends it by way of the outbox.
    async fn put(
        self,
        context: &Context,
        session: &Session,
        interrupted: impl Future<Output = ()> + Unpin,
    ) -> Result<(), CommandError> {
        if self.file.as_deref() == Some(Path::new("-")) {
            return Err(CommandError::usage(
                "--key: a file from standard input cannot be read again; save it, and give its path",
            ));
        }
        let key = self.keyed.key.clone().unwrap_or_default();
        let recipient = self.to.read(&context.output)?;
        let mut post = match self.file {
            Some(path) => Post::file(key, session.id(), recipient, path, self.text.unwrap_or_default()),
            None => Post::new(key, session.id(), recipient, OutgoingMessage::text(worth_sending(self.text)?)),
        };
        if let Some(quote) = self.quote {
            post = post.with_quote(quote);
        }
        if let Some(kind) = self.kind {
            post = post.with_type(kind.into());
        }
        if let Some(mimetype) = self.mime {
            post = post.with_mimetype(mimetype);
        }
        if let Some(name) = self.name {
            post = post.with_filename(name);
        }
        keyed::send(context, session, post, self.keyed, interrupted).await
    }
}

async fn deliver(context: &Context, session: &Session, args: Send) -> Result<SendResult, CommandError> {
    let recipient = args.to.read(&context.output)?;
    let asynchronous = args.asynchronous;
    if args.file.is_some() {
        let upload = upload(args)?;
        let bar = context.output.transfer("sending");
        return Ok(session.send_file(recipient, upload.with_progress(bar.report())).await?);
    }
    let message = message(args)?;
    let _spinner = context.output.spinner("sending");
    if asynchronous {
        Ok(session.enqueue(recipient, message).await?)
    } else {
        Ok(session.send(recipient, message).await?)
    }
}

fn print(context: &Context, result: &SendResult) -> Result<(), CommandError> {
    match result {
        SendResult::Sent(message) => {
            let ack = message.ack.and_then(Ack::name).unwrap_or("state unknown");
            let mut text = format!("sent ({ack})\n{}", text::plain(message.id.as_str()));
            if let Some(key) = &message.media_key {
                text.push_str(&format!("\nmedia key {}", text::plain(key.as_str())));
            }
            context.output.result(&json!({ "message": message }), text)
        }
        SendResult::Queued(word) => context.output.result(&json!({ "queued": word }), "queued"),
        _ => Ok(()),
    }
}

fn message(args: Send) -> Result<OutgoingMessage, CommandError> {
    let message = OutgoingMessage::text(worth_sending(args.text)?);
    Ok(match args.quote {
        Some(quote) => message.with_quote(quote),
        None => message,
    })
}

fn worth_sending(text: Option<String>) -> Result<String, CommandError> {
    let text = text.filter(|text| !text.is_empty());
    text.ok_or_else(|| CommandError::usage("there is nothing to send: give a TEXT or --file"))
}

fn upload(args: Send) -> Result<Upload, CommandError> {
    let path = args.file.unwrap_or_default();
    let mut upload = if path == Path::new("-") {
        let Some(name) = &args.name else {
            return Err(CommandError::usage("a file from standard input needs a name: give --name"));
        };
        Upload::from_reader(name, tokio::io::stdin(), None)
    } else {
        Upload::from_path(path)
    };
    if let Some(name) = args.name {
        upload = upload.with_filename(name);
    }
    if let Some(caption) = args.text {
        upload = upload.with_caption(caption);
    }
    if let Some(mimetype) = args.mime {
        upload = upload.with_mimetype(mimetype);
    }
    if let Some(kind) = args.kind {
        upload = upload.with_type(kind.into());
    }
    if let Some(quote) = args.quote {
        upload = upload.with_quote(quote);
    }
    Ok(upload.with_async(args.asynchronous))
}

/// The text as typed, or from standard input.
pub(crate) async fn typed_or_from_stdin(text: Option<String>) -> Result<Option<String>, CommandError> {
    if text.as_deref() != Some("-") {
        return Ok(text);
    }
    let mut bytes = Vec::new();
    let read = tokio::io::stdin().read_to_end(&mut bytes).await;
    read.context("standard input: it cannot be read").map_err(CommandError::local)?;
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(CommandError::usage(
            "standard input: it is no UTF-8 text; to send it as a file: --file -",
        ));
    };
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}
