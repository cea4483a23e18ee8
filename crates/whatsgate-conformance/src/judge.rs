//! Whether what a client says is true.

use serde_json::Value;

use crate::case::Ending;
use crate::change::NEW_MEMBER;
use crate::protocol::{ClientError, ClientOutcome, Said};
use crate::quoted::{escaped, quoted};
use crate::requests::{short, short_to};
use crate::trial::Trial;

/// What is wrong with an answer.
pub(crate) fn findings(trial: &Trial, said: &Said) -> Vec<String> {
    match (&said.error, trial.expect.ends) {
        (None, Ending::Error) => vec!["it says that it succeeded, which it did not".to_owned()],
        (Some(error), Ending::Success) => {
            let kind = error.kind.as_deref().unwrap_or("no kind");
            vec![format!("it says that it failed ({}), which it did not", escaped(kind))]
        }
        (Some(error), _) => wrong_with_error(trial, error),
        (None, _) => wrong_with_success(trial, said),
    }
}

fn wrong_with_error(trial: &Trial, error: &ClientError) -> Vec<String> {
    let expect = &trial.expect;
    let mut wrong = Vec::new();
    let outcome = error.outcome.unwrap_or(ClientOutcome::Unknown);
    if !expect.outcomes.is_empty() && !expect.outcomes.contains(&outcome) {
        wrong.push(format!(
            "it says that the outcome is {}, which is {}",
            word(outcome),
            words(&expect.outcomes)
        ));
    }
    if let Some(status) = expect.status.filter(|_| error.status != expect.status) {
        let told = error.status.map_or_else(|| "no status".to_owned(), |told| format!("the status {told}"));
        wrong.push(format!("it tells {told}, not {status}"));
    }
    if let Some(raw) = &expect.raw
        && !error.raw.as_deref().is_some_and(|text| text.contains(raw.as_str()))
    {
        wrong.push(if raw.is_empty() {
            "that the body was empty cannot be read from it: `raw` is absent".to_owned()
        } else {
            format!("the body that came cannot be read from it: {} is missing", quoted(raw))
        });
    }
    wrong
}

fn word(outcome: ClientOutcome) -> &'static str {
    match outcome {
        ClientOutcome::Sent => "sent",
        ClientOutcome::NotSent => "not_sent",
        ClientOutcome::Unknown => "unknown",
    }
}

fn words(outcomes: &[ClientOutcome]) -> String {
    outcomes.iter().map(|outcome| word(*outcome)).collect::<Vec<_>>().join(" or ")
}

fn wrong_with_success(trial: &Trial, said: &Said) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(shown) = &trial.shown {
        let view = View { trial, raw: said.raw.as_deref() };
        view.compare("", shown, &said.result, &mut wrong);
    }
    let events = said.result.as_array().cloned().unwrap_or_default();
    if let Some(texts) = &trial.expect.texts {
        let text =
            |event: &Value| event["event_data"]["message"]["body"].as_str().unwrap_or_default().to_owned();
        compare_lists("texts", &events.iter().map(text).collect::<Vec<_>>(), texts, &mut wrong);
    }
    if let Some(ids) = &trial.expect.ids {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        let id = |event: &Value| {
            number(&event["id"]).map_or_else(|| "none".to_owned(), |number| number.to_string())
        };
        compare_lists("numbers", &events.iter().map(id).collect::<Vec<_>>(), &ids, &mut wrong);
    }
    wrong
}

fn compare_lists(what: &str, is: &[String], wanted: &[String], wrong: &mut Vec<String>) {
    if is == wanted {
        return;
    }
    let lost = wanted.iter().filter(|it| !is.contains(it)).count();
    let twice = is.iter().enumerate().filter(|(at, it)| is[..*at].contains(it)).count();
    wrong.push(format!(
        "the {what} of the events are {}, not {} ({lost} lost, {twice} doubled)",
        short_list(is),
        short_list(wanted)
    ));
}

fn short_list(list: &[String]) -> String {
    short_to(100, &Value::from(list))
}

/// Compares what came with what is shown.
struct View<'a> {
    trial: &'a Trial,
    raw: Option<&'a str>,
}

impl View<'_> {
    fn compare(&self, at: &str, came: &Value, shown: &Value, wrong: &mut Vec<String>) {
        if self.trial.loose.iter().any(|loose| at == loose) || is_nothing(came) && is_nothing(shown) {
            return;
        }
        let differ = |wrong: &mut Vec<String>| {
            let place = if at.is_empty() { "the result" } else { at };
            wrong.push(format!("{place} is shown as {}, and came as {}", short(shown), short(came)));
        };
        match (came, shown) {
            (Value::Array(came), Value::Array(shown)) if came.len() == shown.len() => {
                for (place, (came, shown)) in came.iter().zip(shown).enumerate() {
                    self.compare(&format!("{at}/{place}"), came, shown, wrong);
                }
            }
            (Value::Object(came), Value::Object(shown)) => {
                for (name, came) in came {
                    if name == NEW_MEMBER {
                        let kept =
                            shown.contains_key(name) || self.raw.is_some_and(|raw| raw.contains(NEW_MEMBER));
                        if !kept {
                            wrong.push(format!(
                                "{at}/{name} is lost: neither the result nor the raw text has it"
                            ));
                        }
                    } else {
                        let shown = shown.get(name).unwrap_or(&Value::Null);
                        self.compare(&format!("{at}/{name}"), came, shown, wrong);
                    }
                }
            }
            (Value::Number(_), _) if number(shown).is_some() && number(shown) == number(came) => {}
            (Value::Bool(came), _) if flag(shown) == Some(*came) => {}
            (Value::String(_), Value::Number(_))
                if number(came).is_some() && number(came) == number(shown) => {}
            (Value::String(_), Value::Bool(shown)) if flag(came) == Some(*shown) => {}
            (Value::String(came), Value::String(shown))
                if at.ends_with("/data") && base64(came) == base64(shown) => {}
            (Value::String(came), Value::String(shown)) if came == shown => {}
            _ => differ(wrong),
        }
    }
}

/// What is as good as absent.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

fn bare(text: &str) -> &str {
    text.trim().trim_end_matches(',')
}

/// A number, also one that came as text, as the service's own description shows it.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => bare(text).parse().ok(),
        _ => None,
    }
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Value::String(text) => match bare(text) {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        // What is absent says no.
        Value::Null => Some(false),
        _ => None,
    }
}

/// The letters that count.
fn base64(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && *letter != '=').collect()
}
