//! A job in this process.

use anyhow::Result;

use crate::context::Context;
use crate::jobs::{Job, Side, Work};
use crate::{bare, load, sdk};

/// Does a job.
pub(crate) fn job(job: Job, side: Side, context: &Context) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        match (job.work, side) {
            (Work::Events { count }, _) => load::post_events(&context.server, count).await,
            (Work::Texts { count, at_once }, Side::Bare) => bare::texts(context, count, at_once).await,
            (Work::Texts { count, at_once }, Side::Sdk) => sdk::texts(context, count, at_once).await,
            (Work::Chats { chats, times }, Side::Bare) => bare::chats(context, chats, times).await,
            (Work::Chats { chats, times }, Side::Sdk) => sdk::chats(context, chats, times).await,
            (Work::Send { .. }, Side::Bare) => bare::send(context).await,
            (Work::Send { .. }, Side::Sdk) => sdk::send(context).await,
            (Work::Fetch { mib }, Side::Bare) => bare::fetch(context, mib).await,
            (Work::Fetch { mib }, Side::Sdk) => sdk::fetch(context, mib).await,
        }
    })
}
