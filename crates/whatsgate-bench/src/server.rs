//! The other side: answers with ready bytes and drops what it is sent.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::Response;
use axum::http::header::CONTENT_LENGTH;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;

pub(crate) const SESSION: &str = "YOUR_WHATSAPP_ID";
pub(crate) const NUMBER: &str = "79999999999";
pub(crate) const MESSAGE_ID: &str = "true_79999999999@c.us_3DB0F5D953FBA2806CB5";

const SENT: &str = r#"{"result":{"id":"true_79999999999@c.us_3DB0F5D953FBA2806CB5","ack":0,"hasMedia":false,"mediaKey":"","body":"Hello world!","type":"chat","timestamp":1660217895,"from":"79999999999@c.us","to":"79999999999@c.us","isForwarded":false}}"#;

/// Serves until the process is ended, after a line with the address on standard output.
pub(crate) fn serve() -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        let router = Router::new()
            .route("/send", post(send))
            .route("/{chats}/get-chats", post(get_chats))
            .route("/{mib}/get-messagemedia", post(get_media))
            .with_state(Lists::default());
        Ok(axum::serve(listener, router).await?)
    })
}

async fn send(body: Body) -> Response<Body> {
    let mut pieces = body.into_data_stream();
    while let Some(Ok(_)) = pieces.next().await {}
    Response::new(Body::from(SENT))
}

/// Lists of chats by their length, made once.
type Lists = Arc<Mutex<HashMap<usize, Bytes>>>;

async fn get_chats(State(lists): State<Lists>, Path(count): Path<usize>) -> Response<Body> {
    let mut lists = lists.lock().unwrap_or_else(PoisonError::into_inner);
    Response::new(Body::from(lists.entry(count).or_insert_with(|| chats(count)).clone()))
}

/// Nine contacts to each group of two.
fn chats(count: usize) -> Bytes {
    let mut json = r#"{"result":"OK","data":["#.to_owned();
    for place in 0..count {
        let comma = if place == 0 { "" } else { "," };
        let number = 79_000_000_000_u64 + place as u64;
        // Writing to a string cannot fail.
        let _ = if place % 10 == 9 {
            write!(
                json,
                r#"{comma}{{"id":"{number}9@g.us","name":"Группа {place}","isGroup":true,"isReadOnly":false,"unreadCount":2,"timestamp":1662616476,"pinned":false,"isMuted":false,"muteExpiration":0,"groupMetadata":{{"id":"{number}9@g.us","creation":1658328976,"owner":"{number}@c.us","size":2,"participants":[{{"id":"{number}@c.us","isAdmin":true,"isSuperAdmin":false}},{{"id":"79991112233@c.us","isAdmin":false,"isSuperAdmin":false}}]}}}}"#
            )
        } else {
            write!(
                json,
                r#"{comma}{{"id":"{number}@c.us","name":"Contact {place}","isGroup":false,"isReadOnly":false,"unreadCount":0,"timestamp":1662710454,"pinned":false,"isMuted":false,"muteExpiration":0}}"#
            )
        };
    }
    json.push_str("]}");
    json.into()
}

/// A piece of a file; a multiple of 3, so that its base64 can be repeated, and 64 MiB and 1 GiB are whole numbers of it
/// and a rest.
const PIECE: usize = 192 * 1024;

async fn get_media(Path(mib): Path<usize>) -> Response<Body> {
    let size = mib << 20;
    let (prefix, suffix) =
        (r#"{"result":"OK","media":{"mimetype":"video/mp4","data":""#, r#"","filename":"film.mp4"}}"#);
    let content: Vec<u8> =
        (0..PIECE).map(|place| (place * 31 + (place >> 8) * 17).to_le_bytes()[0]).collect();
    let piece = Bytes::from(STANDARD.encode(&content));
    let rest = Bytes::from(STANDARD.encode(&content[..size % PIECE]));
    let length = prefix.len() + size / PIECE * piece.len() + rest.len() + suffix.len();
    let pieces = std::iter::once(Bytes::from(prefix))
        .chain(std::iter::repeat_n(piece, size / PIECE))
        .chain([rest, Bytes::from(suffix)]);
    let mut response =
        Response::new(Body::from_stream(futures_util::stream::iter(pieces.map(Ok::<_, Infallible>))));
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}
