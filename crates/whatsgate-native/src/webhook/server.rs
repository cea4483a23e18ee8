//! An HTTP server for one path that nobody outside can keep busy.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use whatsgate_model::Event;

use super::intake::{HookLimits, Intake};
use super::receiver::{Receiver, read};
use super::response::HookResponse;
use super::room::{Room, Seat, TurnedOut};

/// How much hyper buffers for a connection: the longest head of a request, and the longest piece of a body.
const BUFFER: usize = 16 * 1024;

/// What an event counts at least, so that many small ones count as well.
const LEAST: usize = 4 * 1024;

/// The pause after the system refused another connection, as it does when there are too many open files.
const PAUSE: Duration = Duration::from_millis(100);

impl Receiver {
    /// Receives events under `path` until the program ends.
    ///
    /// Speaks HTTP/1.1 without TLS, so the listener's address is meant for a reverse proxy such as nginx or Caddy on the same
    /// machine or network, which has the certificate and the public address: bind `127.0.0.1`, or in a container
    /// `0.0.0.0` with a port that is not published. The limits of the receiver hold all the same, should it be reached
    /// from outside. Everything but a `POST` to `path` is answered with 404, so that nothing tells a guessed path from
    /// any other.
    ///
    /// Dropping the future ends it; requests that are there already are still answered.
    ///
    /// ```
    /// # async fn example(receiver: whatsgate_native::Receiver) -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    /// tokio::select! {
    ///     served = receiver.serve(listener, "/hook/a-long-secret") => served?,
    ///     _ = tokio::signal::ctrl_c() => println!("what is under way is still answered"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the path does not start with `/`, before anything is received.
    pub async fn serve(self, listener: TcpListener, path: &str) -> io::Result<()> {
        if !path.starts_with('/') {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path must start with /"));
        }
        let limits = self.limits;
        match serve_intake(listener, AtPath { receiver: self, path: path.to_owned() }, limits).await {}
    }
}

struct AtPath {
    receiver: Receiver,
    path: String,
}

impl Intake for AtPath {
    fn receives_at(&self, path: &str) -> bool {
        path == self.path
    }

    async fn take<H: Send + 'static>(&self, _path: &str, event: Event, held: H) -> HookResponse {
        self.receiver.answer(event, held).await
    }
}

/// Receives events for an [`Intake`] until the program ends or the future is dropped, as [`Receiver::serve`] does for
/// handlers. What goes wrong with one connection is logged, and the next one is taken.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_native::{Event, HookLimits, HookResponse, Intake, core::webhook::acknowledgement, serve_intake};
///
/// struct Printer;
///
/// impl Intake for Printer {
///     fn receives_at(&self, path: &str) -> bool {
///         // In a program for others, in constant time.
///         path == "/hook/a-long-secret"
///     }
///
///     async fn take<H: Send + 'static>(&self, _path: &str, event: Event, _held: H) -> HookResponse {
///         println!("event {}", event.id);
///         HookResponse::new(200, acknowledgement(&event))
///     }
/// }
///
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// tokio::select! {
///     never = serve_intake(listener, Printer, HookLimits::default()) => match never {},
///     _ = tokio::signal::ctrl_c() => {}
/// }
/// # Ok(())
/// # }
/// ```
pub async fn serve_intake(listener: TcpListener, intake: impl Intake, limits: HookLimits) -> Infallible {
    let room = Room::new(limits.connections, limits.memory);
    let server = Arc::new(Server { intake, limits });
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "no connection accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (seat, turned_out) = room.enter().await;
        tokio::spawn(Arc::clone(&server).connection(stream, seat, turned_out));
    }
}

struct Server<I> {
    intake: I,
    limits: HookLimits,
}

/// Why a body is not read to its end.
enum Unread {
    TooLarge,
    NoRoom,
    Broken,
}

impl<I: Intake> Server<I> {
    async fn connection(self: Arc<Self>, stream: TcpStream, seat: Seat, turned_out: TurnedOut) {
        let read_timeout = self.limits.read_timeout;
        let seat = Arc::new(seat);
        let service = service_fn(move |request| {
            let (server, seat) = (Arc::clone(&self), Arc::clone(&seat));
            // Without the head, so that the future, which hyper moves about, stays small.
            let to = server.destination(request);
            async move { Ok::<_, Infallible>(server.answer(to, &seat).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // Counts from the last answer on, so that it ends what is idle as well.
            .header_read_timeout(read_timeout)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "connection broken off");
            },
            _ = turned_out => tracing::debug!("slow connection closed to make room"),
        }
    }

    /// The path and the body, if the request is for the intake.
    fn destination(&self, request: Request<Incoming>) -> Option<(Uri, Incoming)> {
        let is_for_us = request.method() == Method::POST && self.intake.receives_at(request.uri().path());
        is_for_us.then(|| (request.uri().clone(), request.into_body()))
    }

    async fn answer(&self, to: Option<(Uri, Incoming)>, seat: &Seat) -> Response<Full<Bytes>> {
        let Some((uri, body)) = to else { return response(HookResponse::new(404, "")) };
        let limits = &self.limits;
        let body = whole(body, limits.body, seat);
        let refused = match tokio::time::timeout(limits.read_timeout, body).await {
            Ok(Ok(body)) => {
                let held = seat.attend();
                let event = read(&body);
                drop(body);
                let answer = match event {
                    Ok(event) => self.intake.take(uri.path(), event, held).await,
                    Err(refused) => refused,
                };
                seat.wait();
                return response(answer);
            }
            Ok(Err(Unread::TooLarge)) => HookResponse::new(413, "the body is too large\n"),
            Ok(Err(Unread::NoRoom)) => HookResponse::new(503, "too much at a time\n"),
            Ok(Err(Unread::Broken)) => HookResponse::new(400, "the body broke off\n"),
            Err(_) => HookResponse::new(408, "the body did not come in time\n"),
        };
        tracing::warn!(status = refused.status, "webhook refused: {}", refused.body.trim_end());
        let mut response = response(refused);
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

/// The whole body, in no more room than it needs.
async fn whole(mut body: Incoming, limit: usize, seat: &Seat) -> Result<Vec<u8>, Unread> {
    // Both bounds are the length that the head promises, if it does.
    let promised = body.size_hint();
    if promised.lower() > limit as u64 {
        return Err(Unread::TooLarge);
    }
    let most = promised.upper().map_or(limit, |length| usize::try_from(length).unwrap_or(limit));
    let mut whole = Vec::new();
    let mut claimed = 0;
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        let length = whole.len() + piece.len();
        if length > limit {
            return Err(Unread::TooLarge);
        }
        if length > claimed {
            let wanted = length.max(claimed * 2).clamp(LEAST, most.max(LEAST));
            if !seat.claim(wanted - claimed) {
                return Err(Unread::NoRoom);
            }
            claimed = wanted;
            whole.reserve_exact(wanted.min(most) - whole.len());
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

fn response(answer: HookResponse) -> Response<Full<Bytes>> {
    let content_type = if answer.status == 200 { "application/json" } else { "text/plain; charset=utf-8" };
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
