//! The commands that talk to the gateway, one function each.

use std::time::Duration;

use anyhow::Context as _;
use futures_util::StreamExt;
use serde_json::json;
use whatsgate_native::model::{Event, EventAction, EventsGetRequest, PhoneNumber};
use whatsgate_native::{Dispatcher, Receiver};

use crate::args;
use crate::context::Context;
use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::output;

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
        let action = EventAction::from(action.to_lowercase());
        if !action.is_known() {
            let known: Vec<_> = EventAction::KNOWN.iter().map(EventAction::as_str).collect();
            context.output.note(&format!("{action} is none of the known actions: {}", known.join(", ")));
        }
        request = request.with_action(action);
    }
    if !args.follow {
        let mut events = client.events(request);
        while let Some(event) = events.next().await {
            print_event(context, event)?;
        }
        return Ok(());
    }
    let mut interrupted = interrupted()?;
    let mut events = client.follow_events(request, Duration::from_secs(args.interval));
    loop {
        tokio::select! {
            event = events.next() => match event {
                // The next question may succeed again; a key that is refused will not.
                Some(Err(error)) if error.is_retryable() => context.output.note(&error.to_string()),
                Some(event) => print_event(context, event)?,
                None => return Ok(()),
            },
            () = &mut interrupted => return Ok(()),
        }
    }
}

fn print_event(context: &Context, event: Result<Event, whatsgate_native::Error>) -> Result<(), Failure> {
    match event {
        Ok(event) => context.output.result(&event, output::event(&event)),
        Err(error) if error.unreadable().is_some() => {
            context.output.note(&error.to_string());
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn hook(context: &Context, command: args::Hook) -> Result<(), Failure> {
    if let args::Hook::Set { url } = &command
        && url.trim().is_empty()
    {
        return Err(Failure::usage("the URL is empty; to post events nowhere: whatsgate hook clear"));
    }
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
    let mut interrupted = interrupted()?;
    let (sender, mut received) = tokio::sync::mpsc::channel(100);
    let dispatcher = Dispatcher::new().on_other(move |event| {
        let sender = sender.clone();
        async move { sender.send(event).await }
    });
    let listener = tokio::net::TcpListener::bind(args.bind)
        .await
        .with_context(|| format!("cannot listen at {}", args.bind))
        .map_err(Failure::local)?;
    let address = listener.local_addr()?;
    context.output.say(format!("receiving events at http://{address}{}; Ctrl+C ends it", args.path))?;
    let server = Receiver::new(dispatcher).serve(listener, &args.path);
    tokio::pin!(server);
    loop {
        tokio::select! {
            Some(event) = received.recv() => context.output.result(&event, output::event(&event))?,
            result = &mut server => return Ok(result?),
            () = &mut interrupted => return Ok(()),
        }
    }
}
