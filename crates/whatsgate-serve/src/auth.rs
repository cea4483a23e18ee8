//! Who calls.

use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};

use crate::app::App;
use crate::problem::Problem;

/// The program that calls, by its token.
#[derive(Clone, Debug)]
pub(crate) struct Program(pub(crate) String);

impl Program {
    /// The name of one of its consumers in the store, where other programs have theirs.
    pub(crate) fn consumer(&self, name: &str) -> Result<String, Problem> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(Problem::invalid(
                "consumer: a name has 1 to 64 characters, none of them a control character",
            ));
        }
        Ok(format!("{}.{name}", self.0))
    }
}

/// Which program it turned out to be that calls, for the log.
#[derive(Clone, Default)]
pub(crate) struct Caller(Arc<OnceLock<String>>);

impl Caller {
    /// The program's name; empty if there was no token that is known.
    pub(crate) fn program(&self) -> &str {
        self.0.get().map_or("", String::as_str)
    }
}

impl FromRequestParts<App> for Program {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &App) -> Result<Self, Problem> {
        let mut given = parts.headers.get_all(header::AUTHORIZATION).iter();
        let (first, second) = (given.next(), given.next());
        let token = first.filter(|_| second.is_none()).and_then(|value| bearer(value.to_str().ok()?));
        let Some(token) = token else {
            return Err(unauthorized("there is no token: give one as `Authorization: Bearer TOKEN`"));
        };
        let program = service.program(token).await?;
        if let Some(caller) = parts.extensions.get::<Caller>() {
            let _ = caller.0.set(program.0.clone());
        }
        Ok(program)
    }
}

impl App {
    /// Whose token it is.
    pub(crate) async fn program(&self, token: &str) -> Result<Program, Problem> {
        let known = self.tokens.program(&self.store, token).await?;
        known.map(Program).ok_or_else(|| unauthorized("the token is not known, or was revoked"))
    }
}

/// The token of an `Authorization` header; the word before it is the same in any case.
pub(crate) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unauthorized(detail: &str) -> Problem {
    let advice =
        "`whatsgate tokens add NAME`, with the --store of the service, makes a token; nothing was done.";
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail, advice)
}
