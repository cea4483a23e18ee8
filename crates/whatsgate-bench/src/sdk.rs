//! The jobs as a reader of the README would do them.

use anyhow::{Context as _, Result, ensure};
use whatsgate_native::model::{MessageId, PhoneNumber, SessionId};
use whatsgate_native::{ApiKey, ClientBuilder, Session};

use crate::context::{Context, spread};
use crate::server::{MESSAGE_ID, NUMBER, SESSION};

fn session(base: &str) -> Result<Session> {
    let client = ClientBuilder::new(ApiKey::new("YOUR_API_KEY")?).base_url(base.parse()?).build()?;
    Ok(client.session(SessionId::new(SESSION)?))
}

pub(crate) async fn texts(context: &Context, count: usize, at_once: usize) -> Result<()> {
    let session = session(&context.server)?;
    let number = PhoneNumber::new(NUMBER)?;
    spread(count, at_once, move |place| {
        let (session, number) = (session.clone(), number.clone());
        async move {
            let sent = session.send_text(number, format!("Hello number {place}")).await?;
            ensure!(sent.message().context("no message")?.id == MESSAGE_ID);
            Ok(())
        }
    })
    .await
}

pub(crate) async fn chats(context: &Context, chats: usize, times: usize) -> Result<()> {
    let session = session(&format!("{}/{chats}", context.server))?;
    for _ in 0..times {
        ensure!(session.chats().await?.len() == chats);
    }
    Ok(())
}

pub(crate) async fn send(context: &Context) -> Result<()> {
    let session = session(&context.server)?;
    let sent = session.send_file(PhoneNumber::new(NUMBER)?, context.file.as_str()).await?;
    ensure!(sent.message().context("no message")?.id == MESSAGE_ID);
    Ok(())
}

pub(crate) async fn fetch(context: &Context, mib: u64) -> Result<()> {
    let session = session(&format!("{}/{mib}", context.server))?;
    let received = session.save_message_media(&MessageId::new(MESSAGE_ID)?, context.file.as_str()).await?;
    ensure!(received.size == mib << 20);
    Ok(())
}
