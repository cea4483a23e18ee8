//! Texts that people type or keep in files: each reader of them takes any, and says what is wrong without repeating it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use whatsgate_core::durable::outbox::Course;
use whatsgate_core::durable::pacing::{Limits, Pace};
use whatsgate_core::{ApiKey, BaseUrl, CursorPosition};
use whatsgate_model::{ChatId, MimeType, PhoneNumber, Recipient, SessionId, WireDate};
use whatsgate_relay::Grant;

use crate::calm::{calm, calm_error, hides};
use crate::campaign::delimiter::Delimiter;
use crate::campaign::{encoding, recipient};
use crate::config::Config;
use crate::{SCRATCH, consumer_name, number, since, store_url, text, time_span};

/// What is typed on the command line, or stands in a variable of the environment.
pub fn typed(input: &[u8]) {
    let Ok(typed) = std::str::from_utf8(input) else { return };
    for read in [time_span::time_span, time_span::deadline, time_span::age] {
        said(read(typed));
    }
    said(time_span::moment(typed));
    if let Ok(date) = since::since(typed) {
        date.unix_seconds_if_utc().expect("what is reckoned from is a date");
    }
    if let Ok(from) = since::from(typed) {
        from.place();
    }
    said(encoding::by_name(typed));
    said(typed.parse::<Delimiter>());
    if let Ok(name) = consumer_name::consumer_name(typed) {
        calm(&name);
    }
    if let Ok(url) = store_url::StoreUrl::or_default(Some(typed.to_owned().into())) {
        let _ = url.to_string();
        assert!(!format!("{url:?}").contains(typed) || typed.len() < 12);
    }
    hidden(ApiKey::new(typed).map_err(|error| error.to_string()));
    said(BaseUrl::new(typed).map_err(|error| error.to_string()));
    said(SessionId::new(typed).map_err(|error| error.to_string()));
    said(ChatId::new(typed).map_err(|error| error.to_string()));
    said(MimeType::new(typed).map_err(|error| error.to_string()));
    said(WireDate::new(typed).map_err(|error| error.to_string()));
    said(typed.parse::<Recipient>().map_err(|error| error.to_string()));
    calm(number::hint(typed));
    if let Ok(number) = PhoneNumber::new(typed) {
        assert_eq!(PhoneNumber::new(format!("+{number}")).as_ref(), Ok(&number));
    }
    for country in [None, "ru".parse().ok(), "de".parse().ok()] {
        match recipient::read(typed, country) {
            Ok(addressee) => {
                let id = recipient::canonical(&addressee.recipient);
                let again = recipient::read(&id, None).expect("an id is a recipient");
                assert_eq!(recipient::canonical(&again.recipient), id);
            }
            Err(why) => hidden::<()>(Err(why)),
        }
    }
    assert!(!text::plain(typed).chars().any(char::is_control));
    let word = text::word(typed);
    assert!(!word.is_empty() && !word.starts_with('-'), "{word:?}");
}

#[track_caller]
fn said<T>(read: Result<T, impl AsRef<str>>) {
    if let Err(why) = read {
        calm(why.as_ref());
    }
}

#[track_caller]
fn hidden<T>(read: Result<T, String>) {
    if let Err(why) = read {
        calm(&why);
        hides(&why);
    }
}

/// The configuration file of the service.
pub fn config(input: &[u8]) {
    let path = SCRATCH.join("serve.toml");
    std::fs::write(&path, input).expect("the file can be written");
    match Config::read(&path) {
        Ok(config) => {
            hides(&format!("{:?}", config.forward));
            if let Err(error) = config.folders() {
                assert!(!error.0.is_empty());
            }
        }
        Err(error) => {
            calm(&error.0);
            hides(&error.0);
        }
    }
}

/// JSON that programs keep, and give back: what is allowed to a page, limits, where a cursor and a session stand. What is understood can be written
/// and understood again as the same.
pub fn kept(input: &[u8]) {
    let Some((choice, input)) = input.split_first() else { return };
    match choice % 5 {
        0 => again::<CursorPosition>(input),
        1 => again::<Limits>(input),
        2 => again::<Pace>(input),
        3 => again::<Course>(input),
        _ => match serde_json::from_slice::<Grant>(input) {
            Ok(grant) => {
                hides(&format!("{grant:?}"));
                if let Err(wrong) = grant.check() {
                    calm_error(&wrong);
                    hides(&wrong.to_string());
                }
                again::<Grant>(input);
            }
            // Its words are those of serde, and a program's own.
            Err(_) => {}
        },
    }
}

fn again<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(input: &[u8]) {
    match serde_json::from_slice::<T>(input) {
        Ok(value) => {
            let written = serde_json::to_vec(&value).expect("it can be written");
            let again: T = serde_json::from_slice(&written).unwrap_or_else(|error| {
                panic!("{} was written and not read: {error}", String::from_utf8_lossy(&written))
            });
            assert_eq!(again, value);
        }
        Err(error) => drop(error.to_string()),
    }
}
