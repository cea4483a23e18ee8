//! The commands that talk to the gateway, one function each.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use futures_util::StreamExt;
use serde_json::json;
use tokio::io::AsyncReadExt;
use whatsgate_native::attach_file;
use whatsgate_native::model::{
    EventAction, EventsGetRequest, Media, MediaKey, MessageId, OutgoingMessage, OutgoingType, PhoneNumber,
    SendResult,
};
use whatsgate_native::webhook::Receiver;

use crate::args;
use crate::args::FileType;
use crate::context::Context;
use crate::failure::Failure;
use crate::output;

pub(crate) async fn send(context: &Context, args: args::Send) -> Result<(), Failure> {
    let session = context.session()?;
    let recipient = args.to.read()?;
    let asynchronous = args.asynchronous;
    let message = message(args).await?;
    let spinner = context.output.spinner("sending");
    let result = if asynchronous {
        session.send_async(recipient, message).await
    } else {
        session.send(recipient, message).await
    };
    drop(spinner);
    match result? {
        SendResult::Sent(message) => {
            let ack = message.ack.and_then(whatsgate_native::model::Ack::name).unwrap_or("state unknown");
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
    let text = match args.text.as_deref() {
        Some("-") => {
            let mut text = String::new();
            tokio::io::stdin().read_to_string(&mut text).await?;
            Some(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        text => text.map(str::to_owned),
    };
    let mut message = match &args.file {
        Some(path) => attach_file(path).await?,
        None => OutgoingMessage::text(text.clone().unwrap_or_default()),
    };
    if let (Some(_), Some(caption)) = (&args.file, text) {
        message = message.with_body(caption);
    }
    if let Some(media) = &mut message.media {
        media.mimetype = args.mime.or(media.mimetype.take());
        media.filename = args.name.or(media.filename.take());
    }
    if let Some(kind) = args.kind {
        message = message.with_type(match kind {
            FileType::Image => OutgoingType::Image,
            FileType::Sticker => OutgoingType::Sticker,
            FileType::Doc => OutgoingType::Document,
            FileType::Voice => OutgoingType::Voice,
        });
    }
    if let Some(quote) = args.quote {
        message = message.with_quote(quote);
    }
    Ok(message)
}

pub(crate) async fn seen(context: &Context, args: &args::Recipient) -> Result<(), Failure> {
    context.session()?.mark_as_read(args.read()?).await?;
    context.output.result(&json!({ "done": true }), "marked as read")
}

pub(crate) async fn typing(context: &Context, args: &args::Recipient) -> Result<(), Failure> {
    context.session()?.show_typing(args.read()?).await?;
    context.output.result(&json!({ "done": true }), "typing for 15 seconds")
}

pub(crate) async fn check(context: &Context, number: &PhoneNumber) -> Result<(), Failure> {
    let registered = context.session()?.is_registered(number).await?;
    let text = if registered { "registered on WhatsApp" } else { "not registered on WhatsApp" };
    context.output.result(&json!({ "registered": registered }), text)
}

pub(crate) async fn chats(context: &Context) -> Result<(), Failure> {
    let chats = context.session()?.chats().await?;
    let mut text = output::chats(&chats);
    for element in &chats.unreadable {
        text.push_str(&format!("\n{}", output::unreadable(element)));
    }
    context.output.result(&json!({ "chats": chats.items, "unreadable": chats.unreadable }), text)
}

pub(crate) async fn media(context: &Context, args: args::Media) -> Result<(), Failure> {
    let session = context.session()?;
    let spinner = context.output.spinner("fetching");
    let media = if let Ok(message) = MessageId::new(&args.message) {
        session.message_media(&message).await
    } else {
        let key = MediaKey::new(&args.message).map_err(|error| Failure::usage(error.to_string()))?;
        session.media(&key).await
    };
    drop(spinner);
    let media = media?;
    let content = media.data.decode().map_err(|error| anyhow!("the file in the reply is damaged: {error}"));
    let content = content.map_err(Failure::Local)?;
    if args.output.as_deref() == Some(Path::new("-")) {
        return Ok(std::io::stdout().lock().write_all(&content)?);
    }
    let path = args.output.unwrap_or_else(|| own_name(&media));
    save(&path, &content, args.force)?;
    let mimetype = media.mimetype.as_ref().map(ToString::to_string);
    let text = format!(
        "saved {} ({} bytes{})",
        path.display(),
        content.len(),
        mimetype.as_ref().map(|mimetype| format!(", {mimetype}")).unwrap_or_default()
    );
    context.output.result(&json!({ "path": path, "bytes": content.len(), "mimetype": mimetype }), text)
}

/// The file's own name without directories, which a sender could use to write elsewhere.
fn own_name(media: &Media) -> PathBuf {
    let name = media.filename.as_deref().unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    if name.is_empty() || name == "." || name == ".." {
        PathBuf::from("media.bin")
    } else {
        PathBuf::from(name)
    }
}

fn save(path: &Path, content: &[u8], force: bool) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    options
        .open(path)
        .and_then(|mut file| file.write_all(content))
        .with_context(|| format!("{} cannot be written (does it exist? --force replaces it)", path.display()))
        .map_err(Failure::Local)
}

pub(crate) async fn events(context: &Context, args: args::Events) -> Result<(), Failure> {
    let client = context.client()?;
    let mut request = EventsGetRequest::new();
    if !args.all_sessions {
        request = request.with_session(context.session()?.id().clone());
    }
    if let Some(date) = args.since {
        request = request.with_date(date);
    }
    if let Some(action) = args.action {
        request = request.with_action(EventAction::from(action));
    }
    if !args.follow {
        let mut events = client.events(request);
        while let Some(event) = events.next().await {
            print_event(context, event)?;
        }
        return Ok(());
    }
    let mut events = client.follow_events(request, Duration::from_secs(args.interval));
    loop {
        tokio::select! {
            event = events.next() => match event {
                // The next question may succeed again; a key that is refused will not.
                Some(Err(error)) if error.is_retryable() => note(&error),
                Some(event) => print_event(context, event)?,
                None => return Ok(()),
            },
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

fn print_event(
    context: &Context,
    event: Result<whatsgate_native::model::Event, whatsgate_native::Error>,
) -> Result<(), Failure> {
    match event {
        Ok(event) => context.output.result(&event, output::event(&event)),
        Err(error) if error.unreadable().is_some() => {
            note(&error);
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

#[allow(clippy::print_stderr)]
fn note(error: &whatsgate_native::Error) {
    eprintln!("note: {error}");
}

pub(crate) async fn hook(context: &Context, command: args::Hook) -> Result<(), Failure> {
    let session = context.session()?;
    match command {
        args::Hook::Set { url } => {
            session.set_hook(url).await?;
            context.output.result(&json!({ "done": true }), "events are posted there from now on")
        }
        args::Hook::Clear => {
            session.clear_hook().await?;
            context.output.result(&json!({ "done": true }), "events are not posted any more")
        }
    }
}

pub(crate) async fn listen(context: &Context, args: args::Listen) -> Result<(), Failure> {
    if !args.path.starts_with('/') {
        return Err(Failure::usage("the path must start with /"));
    }
    let (sender, mut received) = tokio::sync::mpsc::channel(100);
    let receiver = Receiver::new().on_other(move |event| {
        let sender = sender.clone();
        async move { sender.send(event).await }
    });
    let listener = tokio::net::TcpListener::bind(args.bind)
        .await
        .with_context(|| format!("{} cannot be listened at", args.bind))
        .map_err(Failure::Local)?;
    let address = listener.local_addr()?;
    context.output.say(format!("receiving events at http://{address}{}; Ctrl+C ends it", args.path))?;
    let server = receiver.serve(listener, &args.path);
    tokio::pin!(server);
    loop {
        tokio::select! {
            Some(event) = received.recv() => context.output.result(&event, output::event(&event))?,
            result = &mut server => return Ok(result?),
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}
