//! `whatsgate send`.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use serde_json::json;
use tokio::io::AsyncReadExt;
use whatsgate_native::Session;
use whatsgate_native::files::Upload;
use whatsgate_native::model::{Ack, OutgoingMessage, OutgoingType, SendResult};

use crate::args::{self, FileType};
use crate::context::Context;
use crate::failure::Failure;
use crate::interrupt::interrupted;

pub(crate) async fn run(context: &Context, mut args: args::Send) -> Result<(), Failure> {
    let session = context.session()?;
    if args.text.as_deref() == Some("-") && args.file.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage("standard input can be the text or the file, not both"));
    }
    let mut interrupted = interrupted()?;
    args.text = tokio::select! {
        text = text(args.text) => text?,
        () = &mut interrupted => return Err(Failure::local(anyhow!("interrupted; nothing was sent"))),
    };
    let result = tokio::select! {
        result = deliver(context, &session, args) => result?,
        () = interrupted => return Err(Failure::interrupted()),
    };
    print(context, &result)
}

async fn deliver(context: &Context, session: &Session, args: args::Send) -> Result<SendResult, Failure> {
    let recipient = args.to.read()?;
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

fn print(context: &Context, result: &SendResult) -> Result<(), Failure> {
    match result {
        SendResult::Sent(message) => {
            let ack = message.ack.and_then(Ack::name).unwrap_or("state unknown");
            let mut text = format!("sent ({ack})\n{}", message.id);
            if let Some(key) = &message.media_key {
                text.push_str(&format!("\nmedia key {key}"));
            }
            context.output.result(&json!({ "message": message }), text)
        }
        SendResult::Queued(word) => context.output.result(&json!({ "queued": word }), "queued"),
        _ => Ok(()),
    }
}

fn message(args: args::Send) -> Result<OutgoingMessage, Failure> {
    let text = args.text.unwrap_or_default();
    if text.is_empty() {
        return Err(Failure::usage("there is nothing to send: give a TEXT or --file"));
    }
    let message = OutgoingMessage::text(text);
    Ok(match args.quote {
        Some(quote) => message.with_quote(quote),
        None => message,
    })
}

fn upload(args: args::Send) -> Result<Upload, Failure> {
    let path = args.file.unwrap_or_default();
    let mut upload = if path == Path::new("-") {
        let Some(name) = &args.name else {
            return Err(Failure::usage("a file from standard input needs a name: give --name"));
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
        upload = upload.with_type(match kind {
            FileType::Image => OutgoingType::Image,
            FileType::Sticker => OutgoingType::Sticker,
            FileType::Doc => OutgoingType::Document,
            FileType::Voice => OutgoingType::Voice,
        });
    }
    if let Some(quote) = args.quote {
        upload = upload.with_quote(quote);
    }
    Ok(upload.with_async(args.asynchronous))
}

/// The text as typed, or from standard input.
async fn text(text: Option<String>) -> Result<Option<String>, Failure> {
    if text.as_deref() != Some("-") {
        return Ok(text);
    }
    let mut bytes = Vec::new();
    let read = tokio::io::stdin().read_to_end(&mut bytes).await;
    read.context("standard input: it cannot be read").map_err(Failure::local)?;
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(Failure::usage("standard input: it is no UTF-8 text; to send it as a file: --file -"));
    };
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}
