//! Events that were given up.

use axum::Json as Answer;
use axum::extract::State as In;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use whatsgate_durable::StoreError;
use whatsgate_durable::store::consumers;
use whatsgate_durable::store::durable::journal::Content;

use crate::app::App;
use crate::auth::Program;
use crate::problem::Problem;
use crate::query::Names;
use crate::request::{Path, Query};

/// How many are listed at a time.
const MOST: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    consumer: String,
    #[serde(default)]
    after: Option<u64>,
    #[serde(default)]
    names: Names,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Of {
    consumer: String,
}

/// An event that was given up.
#[derive(Debug, Serialize)]
pub(crate) struct DeadLetter {
    position: u64,
    reason: String,
    deliveries: u32,
    /// None if its content is not kept any more.
    event: Option<Box<RawValue>>,
}

/// Events that were given up, in the order of the journal.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    dead: Vec<DeadLetter>,
    /// The `after` of the next page; none after the last one.
    next: Option<u64>,
}

pub(crate) async fn list(
    In(service): In<App>,
    program: Program,
    Query(which): Query<Which>,
) -> Result<Answer<Listed>, Problem> {
    let name = program.consumer(&which.consumer)?;
    let after = which.after.unwrap_or_default();
    let dead = service.store.run(move |tables| {
        consumers::existing(tables, &name)?;
        let mut dead = Vec::new();
        for letter in tables.dead_letters(&name, after, MOST)? {
            let entry = tables.entry(letter.position)?;
            dead.push((letter, entry));
        }
        Ok(dead)
    });
    let dead = match dead.await {
        Err(StoreError::Consumer(_)) => return Err(Problem::missing("there is no such consumer")),
        dead => dead?,
    };
    let next = dead.last().filter(|_| dead.len() == MOST).map(|(letter, _)| letter.position);
    let dead = dead.into_iter().map(|(letter, entry)| DeadLetter {
        position: letter.position,
        reason: letter.reason,
        deliveries: letter.tries,
        event: entry.and_then(|entry| match entry.content {
            Content::Whole(raw) => Some(which.names.event(raw.as_str())),
            _ => None,
        }),
    });
    Ok(Answer(Listed { dead: dead.collect(), next }))
}

pub(crate) async fn replay(
    service: In<App>,
    program: Program,
    position: Path<u64>,
    of: Query<Of>,
) -> Result<StatusCode, Problem> {
    change(service, program, position, of, |tables, name, position| {
        consumers::replay_dead_letter(tables, name, position)
    })
    .await
}

pub(crate) async fn drop_one(
    service: In<App>,
    program: Program,
    position: Path<u64>,
    of: Query<Of>,
) -> Result<StatusCode, Problem> {
    change(service, program, position, of, |tables, name, position| {
        consumers::drop_dead_letter(tables, name, position)
    })
    .await
}

async fn change(
    In(service): In<App>,
    program: Program,
    Path(position): Path<u64>,
    Query(of): Query<Of>,
    change: fn(&mut dyn whatsgate_durable::store::Tables, &str, u64) -> Result<(), StoreError>,
) -> Result<StatusCode, Problem> {
    let name = program.consumer(&of.consumer)?;
    match service.store.run(move |tables| change(tables, &name, position)).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(StoreError::Consumer(_)) => {
            Err(Problem::missing("the consumer has no dead letter at the position"))
        }
        Err(error) => Err(error.into()),
    }
}
