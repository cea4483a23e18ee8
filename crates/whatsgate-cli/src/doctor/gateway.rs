//! The way to the gateway, and what it answers.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Client, Url};
use rustls::{CertificateError, Error as TlsError};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use whatsgate_native::core::parse;
use whatsgate_native::model::{
    Event, EventsGetRequest, SessionId, SessionInfo, SessionsGetRequest, WireDate,
};
use whatsgate_native::{ApiKey, BaseUrl, ErrorKind};

use super::finding::{Finding, Id};
use super::http::{Answer, Silence, ask};
use super::texts::Language;
use super::{events, place, sessions};

// All of it stays within a minute, with the probes of callbacks, which begin afterwards.
const LOOKUP: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(5);
const SESSIONS: Duration = Duration::from_secs(12);
const ONE_SESSION: Duration = Duration::from_secs(5);
const PATH: Duration = Duration::from_secs(5);
const EVENTS: Duration = Duration::from_secs(7);

/// A reply that takes longer is a slow one.
const SLOW: Duration = Duration::from_secs(3);
/// The clocks may differ by so many seconds.
const SKEW: u64 = 30;
/// The path of the gateway.
const API: &str = "/api/v1";
/// How far back events are looked at.
const RECENT: Duration = Duration::from_secs(2 * 24 * 3600);
/// The most events and sessions of a page.
const PAGE: u32 = 100;

/// What is asked with.
pub(super) struct Question<'a> {
    pub(super) client: &'a Client,
    pub(super) base_url: &'a str,
    pub(super) key: Option<&'a ApiKey>,
    pub(super) session: Option<&'a str>,
    pub(super) language: Language,
}

/// What became of it.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) findings: Vec<Finding>,
    /// The sessions that matter, if they are known.
    pub(super) sessions: Option<Vec<SessionInfo>>,
    /// The pages of recent events that were read.
    pub(super) pages: Vec<Vec<Event>>,
    /// Whether the gateway is neither on this machine nor in its network.
    pub(super) is_outside: bool,
    /// The kinds of errors that were met.
    pub(super) errors: Vec<(&'static str, String)>,
}

/// Asks the gateway.
pub(super) async fn look(question: Question<'_>) -> Asked {
    let mut asked = Asked::default();
    if question.try_all(&mut asked).await.is_none() {
        asked.findings.extend([Id::SessionsUnchecked, Id::EventsUnchecked].map(Finding::from));
    }
    let said = |asked: &Asked, ids: &[Id]| asked.findings.iter().any(|finding| ids.contains(&finding.id));
    if question.key.is_some() && !said(&asked, &[Id::KeyWorks, Id::KeyRefused]) {
        asked.findings.push(Id::KeyUnchecked.into());
    }
    if !said(&asked, &[Id::ClockAhead, Id::ClockBehind, Id::ClockRight]) {
        asked.findings.push(Id::ClockUnchecked.into());
    }
    if !said(&asked, &[Id::RateLimited, Id::LimitsTold, Id::LimitsNone]) {
        asked.findings.push(Id::LimitsUnchecked.into());
    }
    asked
}

impl Question<'_> {
    /// Asks all there is to ask; nothing if the sessions could not be asked for.
    async fn try_all(&self, asked: &mut Asked) -> Option<()> {
        let base = self.base(asked)?;
        let url = Url::parse(base.as_str()).ok()?;
        asked.is_outside = !place::is_private(&url);
        if url.scheme() == "http" && asked.is_outside {
            asked.findings.push(Id::UrlPlain.into());
        }
        let proxy = proxy(&url);
        if let Some(proxy) = &proxy {
            asked.findings.push(self.of_proxy(Id::ProxyUsed, proxy));
        } else if let Err(finding) = self.connect(&url).await {
            asked.errors.push(("connect", finding.id.name().to_owned()));
            asked.findings.push(finding);
            return None;
        }
        let request = SessionsGetRequest::new().with_page_size(PAGE);
        let answer = match ask(self.client, &base, self.key, &request, SESSIONS).await {
            Ok(answer) => answer,
            Err(silence) => {
                asked.errors.push(("sessions-get", silence.kind().to_owned()));
                asked.findings.push(self.of_silence(&silence, &url, proxy.as_deref()));
                return None;
            }
        };
        clock(asked, &answer);
        self.limits(asked, &answer);
        let page = match parse::<SessionsGetRequest>(answer.response()) {
            Ok(reply) => {
                answered(asked, &url, &answer);
                if self.key.is_some() {
                    asked.findings.push(Id::KeyWorks.into());
                }
                reply.reply
            }
            Err(bad) => {
                asked.errors.push(("sessions-get", format!("{} {}", bad.kind().as_str(), answer.status)));
                match &proxy {
                    Some(proxy) if answer.status == 407 => {
                        asked.findings.push(self.of_proxy(Id::ProxyFailed, proxy));
                    }
                    _ => self.refused(asked, &base, &url, &answer, &bad.kind()).await,
                }
                return None;
            }
        };
        let more = page.pages.unwrap_or(1) > 1;
        let listed = page.data.items;
        let others = self.one_session(&base, &listed, more).await;
        let (findings, relevant) = sessions::look(listed, others, self.session, more, self.language);
        asked.findings.extend(findings);
        asked.sessions = Some(relevant);
        self.events(asked, &base).await;
        Some(())
    }

    fn base(&self, asked: &mut Asked) -> Option<BaseUrl> {
        let text = self.base_url.trim();
        let base = if text.is_empty() { Ok(BaseUrl::default()) } else { text.parse::<BaseUrl>() };
        let is_url = |base: &BaseUrl| Url::parse(base.as_str()).is_ok_and(|url| url.has_host());
        if let Some(base) = base.ok().filter(is_url) {
            return Some(base);
        }
        let why = if text.contains(['?', '#', '@']) { "extra-parts" } else { "no-address" };
        asked.findings.push(Finding::new(Id::UrlMalformed).with("why", self.language.say(why, &[])));
        None
    }

    /// Looks the host up and connects, so that each failure has its name.
    async fn connect(&self, url: &Url) -> Result<(), Finding> {
        let port = url.port_or_known_default().unwrap_or(443);
        let host = place::host(url);
        let found = timeout(LOOKUP, lookup_host((host.as_str(), port))).await;
        let addresses: Vec<SocketAddr> = found.ok().and_then(Result::ok).into_iter().flatten().collect();
        if addresses.is_empty() {
            return Err(of_host(Id::DnsFailed, url));
        }
        let Ok(connected) = timeout(CONNECT, connect_to_one(&addresses)).await else {
            let why = self.language.say("timed-out", &[]);
            return Err(of_host(Id::Unreachable, url).with("port", port).with("why", why));
        };
        connected.map_err(|error| match error.kind() {
            io::ErrorKind::ConnectionRefused if place::is_this_machine(url) => {
                of_host(Id::PortClosedHere, url).with("port", port)
            }
            io::ErrorKind::ConnectionRefused => of_host(Id::PortClosed, url).with("port", port),
            _ => {
                let why = self.language.say("refused-by-system", &[]);
                of_host(Id::Unreachable, url).with("port", port).with("why", why)
            }
        })
    }

    fn of_proxy(&self, id: Id, proxy: &str) -> Finding {
        Finding::new(id).with_own("proxy", proxy, self.language.say("proxy", &[]))
    }

    fn of_silence(&self, silence: &Silence, url: &Url, proxy: Option<&str>) -> Finding {
        match (silence, proxy) {
            // The host may not even exist: nothing else was there to answer.
            (Silence::Connect(None) | Silence::Timeout | Silence::Broken, Some(proxy)) => {
                self.of_proxy(Id::ProxyFailed, proxy)
            }
            (Silence::Connect(tls), _) => of_host(tls.as_ref().map_or(Id::TlsFailed, of_tls), url),
            (Silence::Timeout, _) => of_host(Id::NoReply, url).with("seconds", SESSIONS.as_secs()),
            (Silence::Broken, _) => of_host(Id::ConnectionBroken, url),
        }
    }

    async fn refused(&self, asked: &mut Asked, base: &BaseUrl, url: &Url, answer: &Answer, kind: &ErrorKind) {
        let with_status = |id| of_host(id, url).with("status", answer.status);
        let finding = match (answer.status, kind) {
            (_, ErrorKind::Unauthorized) => {
                answered(asked, url, answer);
                if self.key.is_none() {
                    return;
                }
                Finding::new(Id::KeyRefused).with("status", answer.status)
            }
            (429, _) => {
                answered(asked, url, answer);
                return;
            }
            (500.., _) => with_status(Id::GatewayDown),
            (300..=399, _) => {
                let target =
                    answer.target(base.as_str()).unwrap_or_else(|| self.language.say("unknown", &[]));
                with_status(Id::Redirected).with_own("target", target, "HOST")
            }
            (404 | 405 | 200..=299, _) => match self.right_path(url).await {
                Some(right) => {
                    let handed_on = right.replace(&place::host(url), "HOST");
                    with_status(Id::PathWrong).with_own("url", right, handed_on)
                }
                None if answer.is_html() => with_status(Id::NotGateway),
                None if answer.status >= 400 => with_status(Id::PathUnknown),
                None => with_status(Id::ReplyStrange),
            },
            _ if answer.is_html() => with_status(Id::NotGateway),
            _ => with_status(Id::RequestRefused),
        };
        asked.findings.push(finding);
    }

    /// The URL of the same host at which the gateway answers, if there is another than was asked. It is not told the key.
    async fn right_path(&self, url: &Url) -> Option<String> {
        if url.path() == API {
            return None;
        }
        let right = format!("{}{API}", place::origin(url));
        let base = BaseUrl::new(&right).ok()?;
        let answer = ask(self.client, &base, None, &SessionsGetRequest::new(), PATH).await.ok()?;
        let kind = parse::<SessionsGetRequest>(answer.response()).err().map(|bad| bad.kind());
        let is_gateway = answer.is_object() && matches!(kind, None | Some(ErrorKind::Unauthorized));
        is_gateway.then_some(right)
    }

    fn limits(&self, asked: &mut Asked, answer: &Answer) {
        let header = |name: &str| {
            let value = answer.header(name)?;
            (value.len() <= 20 && value.bytes().all(|byte| byte.is_ascii_digit())).then(|| value.to_owned())
        };
        let unknown = || self.language.say("unknown", &[]);
        let limit = header("x-rate-limit-limit");
        if answer.status == 429 {
            let wait = header("retry-after").or_else(|| header("x-rate-limit-reset"));
            let wait = wait.map_or_else(unknown, |wait| self.language.say("seconds", &[("seconds", &wait)]));
            asked.findings.push(Finding::new(Id::RateLimited).with("wait", wait));
        } else if let Some(limit) = limit {
            let finding = Finding::new(Id::LimitsTold)
                .with("limit", limit)
                .with("left", header("x-rate-limit-remaining").unwrap_or_else(unknown))
                .with("reset", header("x-rate-limit-reset").unwrap_or_else(unknown));
            asked.findings.push(finding);
        } else {
            asked.findings.push(Id::LimitsNone.into());
        }
    }

    /// The session that is meant, if it is not on the page that was listed.
    async fn one_session(&self, base: &BaseUrl, listed: &[SessionInfo], more: bool) -> Vec<SessionInfo> {
        let id = self.session.and_then(|id| SessionId::new(id.trim()).ok());
        let Some(id) = id.filter(|id| more && listed.iter().all(|session| session.unique_id != *id)) else {
            return Vec::new();
        };
        let request = SessionsGetRequest::new().with_session(id);
        let answer = ask(self.client, base, self.key, &request, ONE_SESSION).await.ok();
        let reply = answer.and_then(|answer| parse::<SessionsGetRequest>(answer.response()).ok());
        reply.map(|reply| reply.reply.data.items).unwrap_or_default()
    }

    /// Reads the first page of recent events and the last one: nobody knows in which order they are listed.
    async fn events(&self, asked: &mut Asked, base: &BaseUrl) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(RECENT);
        let since = WireDate::from_unix_seconds_as_utc(i64::try_from(since.as_secs()).unwrap_or_default());
        let request = EventsGetRequest::new().with_date(since).with_page_size(PAGE);
        let mut page = 1;
        let mut failed = None;
        for _ in 0..2 {
            let request = request.clone().with_page(page);
            let answer = match ask(self.client, base, self.key, &request, EVENTS).await {
                Ok(answer) => answer,
                Err(silence) => {
                    asked.errors.push(("events-get", silence.kind().to_owned()));
                    failed = Some(silence.kind().to_owned());
                    break;
                }
            };
            if answer.status == 429 {
                self.limits(asked, &answer);
            }
            match parse::<EventsGetRequest>(answer.response()) {
                Ok(reply) => {
                    let pages = reply.pages.unwrap_or(1);
                    asked.pages.push(reply.reply.data.items);
                    if page >= pages {
                        asked.findings.extend(events::look(&asked.pages));
                        return;
                    }
                    page = pages;
                }
                Err(bad) => {
                    asked.errors.push(("events-get", format!("{} {}", bad.kind().as_str(), answer.status)));
                    // That one is told of as a limit.
                    failed = (answer.status != 429).then(|| format!("HTTP {}", answer.status));
                    break;
                }
            }
        }
        let is_told = failed.is_some();
        if let Some(what) = failed {
            asked.findings.push(Finding::new(Id::EventsFailed).with("what", what));
        }
        if asked.pages.is_empty() {
            if !is_told {
                asked.findings.push(Id::EventsUnchecked.into());
            }
        } else {
            asked.findings.extend(events::look(&asked.pages));
        }
    }
}

fn of_host(id: Id, url: &Url) -> Finding {
    let host = place::host(url);
    let is_theirs = ["whatsgate.ru", "whatsgate.org"].contains(&host.as_str());
    let handed_on = if is_theirs || place::is_this_machine(url) { host.clone() } else { "HOST".to_owned() };
    Finding::new(id).with_own("host", host, handed_on)
}

fn clock(asked: &mut Asked, answer: &Answer) {
    let Some(theirs) = answer.date() else { return };
    // The header has whole seconds, and half a second is right on average.
    let theirs = theirs + Duration::from_millis(500);
    let (id, skew) = match answer.at.duration_since(theirs) {
        Ok(ahead) => (Id::ClockAhead, ahead),
        Err(behind) => (Id::ClockBehind, behind.duration()),
    };
    let id = if skew.as_secs() > SKEW { id } else { Id::ClockRight };
    asked.findings.push(Finding::new(id).with("seconds", skew.as_secs()));
}

fn answered(asked: &mut Asked, url: &Url, answer: &Answer) {
    let id = if answer.took > SLOW { Id::HostSlow } else { Id::HostAnswers };
    asked.findings.push(of_host(id, url).with("ms", answer.took.as_millis()));
}

async fn connect_to_one(addresses: &[SocketAddr]) -> io::Result<()> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The proxy that requests to a URL go through, without its user and password.
fn proxy(url: &Url) -> Option<String> {
    let intercepted = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
    let proxy = intercepted.uri();
    let port = proxy.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", proxy.host().unwrap_or_default()))
}

fn of_tls(error: &TlsError) -> Id {
    match error {
        TlsError::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            Id::CertificateExpired
        }
        TlsError::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => Id::CertificateEarly,
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Id::CertificateName,
        TlsError::InvalidCertificate(_) => Id::CertificateIssuer,
        _ => Id::TlsFailed,
    }
}
