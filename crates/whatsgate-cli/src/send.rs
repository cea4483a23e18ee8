//! `whatsgate send`.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use serde_json::json;
use tokio::io::AsyncReadExt;
use whatsgate_native::files::{SessionFiles, Upload};
use whatsgate_native::model::{Ack, OutgoingMessage, OutgoingType, SendResult};

use crate::args::{self, FileType};
use crate::context::Context;
use crate::failure::Failure;
use crate::interrupt::interrupted;

pub(crate) async fn run(context: &Context, args: args::Send) -> Result<(), Failure> {
    let session = context.session()?;
    let recipient = args.to.read()?;
    let asynchronous = args.asynchronous;
    let result = if args.file.is_some() {
        let upload = upload(args).await?;
        let bar = context.output.transfer("sending");
        session.send_file(recipient, upload.with_progress(bar.report())).await?
    } else {
        let message = message(args).await?;
        let _spinner = context.output.spinner("sending");
        if asynchronous {
            session.send_async(recipient, message).await?
        } else {
            session.send(recipient, message).await?
        }
    };
    print(context, &result)
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

async fn message(args: args::Send) -> Result<OutgoingMessage, Failure> {
    let text = text(args.text).await?.unwrap_or_default();
    if text.is_empty() {
        return Err(Failure::usage("there is nothing to send: give a TEXT or --file"));
    }
    let message = OutgoingMessage::text(text);
    Ok(match args.quote {
        Some(quote) => message.with_quote(quote),
        None => message,
    })
}

async fn upload(args: args::Send) -> Result<Upload, Failure> {
    let path = args.file.unwrap_or_default();
    let mut upload = if path == Path::new("-") {
        if args.text.as_deref() == Some("-") {
            return Err(Failure::usage("standard input can be the text or the file, not both"));
        }
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
    if let Some(caption) = text(args.text).await? {
        upload = upload.with_body(caption);
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
    let interrupted = interrupted()?;
    let (mut stdin, mut bytes) = (tokio::io::stdin(), Vec::new());
    tokio::select! {
        read = stdin.read_to_end(&mut bytes) => {
            read.context("standard input: it cannot be read").map_err(Failure::local)?;
        }
        () = interrupted => return Err(Failure::local(anyhow!("interrupted; nothing was sent"))),
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(Failure::usage("standard input: it is no UTF-8 text; to send it as a file: --file -"));
    };
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}
