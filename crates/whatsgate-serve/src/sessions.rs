//! The account's sessions.

use std::io::Cursor;
use std::time::Duration;

use axum::Json as Answer;
use axum::extract::State as In;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use whatsgate_native::core::WaitOptions;
use whatsgate_native::{
    ErrorKind, PhoneNumber, Session, SessionCreateRequest, SessionInfo, SessionsGetRequest,
};

use crate::app::App;
use crate::auth::Program;
use crate::problem::Problem;
use crate::query::{Named, Names};
use crate::request::{Json, Path, Query, checked};

#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    sessions: Vec<Box<RawValue>>,
}

pub(crate) async fn list(
    In(service): In<App>,
    _: Program,
    Query(Named { names }): Query<Named>,
) -> Result<Answer<Listed>, Problem> {
    let sessions: Vec<_> = service.client.sessions(SessionsGetRequest::new()).try_collect().await?;
    Ok(Answer(Listed { sessions: sessions.iter().map(|session| session_in(names, session)).collect() }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    name: String,
    /// Link by a pairing code on the phone with this number, instead of a QR code.
    #[serde(default, deserialize_with = "checked")]
    number: Option<PhoneNumber>,
}

pub(crate) async fn create(
    In(service): In<App>,
    _: Program,
    Query(Named { names }): Query<Named>,
    Json(new): Json<New>,
) -> Result<(StatusCode, Answer<Box<RawValue>>), Problem> {
    let mut request = SessionCreateRequest::new(new.name);
    if let Some(number) = new.number {
        request = request.with_pairing_code(number);
    }
    let session = service.client.create_session(request).await?;
    Ok((StatusCode::CREATED, Answer(session_in(names, &session))))
}

fn session_in(names: Names, session: &SessionInfo) -> Box<RawValue> {
    names.object("Session", session)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Show {
    #[serde(default)]
    wait: u64,
    #[serde(default)]
    until: Option<Until>,
    #[serde(default)]
    names: Names,
}

/// Until what is waited for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Until {
    Ready,
}

pub(crate) async fn show(
    In(service): In<App>,
    _: Program,
    Path(id): Path<String>,
    Query(Show { wait, until, names }): Query<Show>,
) -> Result<Answer<Box<RawValue>>, Problem> {
    let session = service.session(&id)?;
    // It is the only state that is waited for.
    let (None | Some(Until::Ready)) = until;
    let info = service.waiting(wait, |left| ready(session.clone(), left)).await?;
    info.map(|info| Answer(session_in(names, &info))).ok_or_else(unknown)
}

/// How a session stands, once it is ready or the time is over.
async fn ready(session: Session, left: Duration) -> Result<Option<SessionInfo>, Problem> {
    if left > Duration::ZERO {
        let options = WaitOptions::default().with_deadline(left);
        match session.wait_until_ready(options, |_| {}).await {
            Ok(info) => return Ok(Some(info)),
            // The answer says how it stands.
            Err(error) if matches!(error.kind(), ErrorKind::NotReady | ErrorKind::SessionEnded) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(session.info().await?)
}

fn unknown() -> Problem {
    Problem::missing("the account has no such session")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Name {
    name: String,
}

pub(crate) async fn rename(
    In(service): In<App>,
    _: Program,
    Path(id): Path<String>,
    Json(Name { name }): Json<Name>,
) -> Result<StatusCode, Problem> {
    service.session(&id)?.rename(name).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn delete(
    In(service): In<App>,
    _: Program,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    service.session(&id)?.delete().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Picture {
    #[serde(default)]
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Png,
    Svg,
}

/// The code to scan, as a picture.
pub(crate) async fn code(
    In(service): In<App>,
    _: Program,
    Path(id): Path<String>,
    headers: HeaderMap,
    Query(Picture { format }): Query<Picture>,
) -> Result<Response, Problem> {
    let info = service.session(&id)?.info().await?.ok_or_else(unknown)?;
    let text = info.qr.filter(|text| !text.starts_with("data:"));
    let Some(code) = text.and_then(|text| QrCode::new(text).ok()) else {
        return Err(Problem::missing(
            "the gateway shows no code of the session to scan: if it is not linked yet, its qr_link names a page with one",
        ));
    };
    let accepted =
        headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    let format = format.unwrap_or(if accepted.contains("svg") { Format::Svg } else { Format::Png });
    let (kind, bytes) = match format {
        Format::Svg => {
            let svg = code.render::<svg::Color<'_>>().min_dimensions(256, 256).build();
            ("image/svg+xml", svg.into_bytes())
        }
        Format::Png => ("image/png", png(&code)),
    };
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // It links an account.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The side of a module, and the quiet zone in modules, which scanners need.
const SCALE: usize = 8;
const QUIET: usize = 4;

fn png(code: &QrCode) -> Vec<u8> {
    let width = code.width();
    let side = (width + 2 * QUIET) * SCALE;
    let mut pixels = vec![255_u8; side * side];
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == qrcode::Color::Dark {
            let (x, y) = ((index % width + QUIET) * SCALE, (index / width + QUIET) * SCALE);
            for row in y..y + SCALE {
                pixels[row * side + x..row * side + x + SCALE].fill(0);
            }
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    let side = u32::try_from(side).expect("a code has at most 177 modules");
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("memory can be written");
    writer.write_image_data(&pixels).expect("the picture has its size");
    writer.finish().expect("memory can be written");
    bytes.into_inner()
}
