//! Events that tell something else than what happened.

use serde_json::Value;

use crate::faults::Rewriting;

/// The chat that an event's data speak of.
pub(super) fn chat_of(data: &Value) -> Option<String> {
    let id = data.pointer("/message/id").or_else(|| data.pointer("/reaction/msgId"))?;
    id.as_str()?.split('_').nth(1).map(str::to_owned)
}

/// When the message in an event's data was written, in Unix seconds.
pub(super) fn message_seconds(data: &Value) -> Option<u64> {
    data.pointer("/message/timestamp")?.as_u64()
}

/// Rewrites the message in an event's data; the account's own id stays what it is.
pub(super) fn rewrite(data: &mut Value, rewriting: Rewriting, own_id: &str) {
    let Some(message) = data.get_mut("message").and_then(Value::as_object_mut) else { return };
    let has_media = message.get("hasMedia").and_then(Value::as_bool).unwrap_or(false);
    let mut change_text = |name: &str, change: &dyn Fn(&str) -> String| {
        if let Some(Value::String(text)) = message.get_mut(name) {
            *text = change(text);
        }
    };
    match rewriting {
        Rewriting::Trimmed => change_text("body", &|text| text.trim().to_owned()),
        Rewriting::Lf => change_text("body", &|text| text.replace("\r\n", "\n")),
        Rewriting::CrLf => {
            change_text("body", &|text| text.replace("\r\n", "\n").replace('\n', "\r\n"));
        }
        Rewriting::WithoutCaption if has_media => change_text("body", &|_| String::new()),
        Rewriting::WithoutBody => drop(message.remove("body")),
        Rewriting::Lid | Rewriting::Renumbered => {
            let other = |part: &str| match part.strip_suffix("@c.us") {
                Some(number) if part != own_id => other_id(number, rewriting),
                _ => part.to_owned(),
            };
            for name in ["id", "from", "to", "author"] {
                change_text(name, &|id| id.split('_').map(other).collect::<Vec<_>>().join("_"));
            }
        }
        _ => {}
    }
}

fn other_id(number: &str, rewriting: Rewriting) -> String {
    if rewriting == Rewriting::Renumbered {
        let (country, rest) = number.split_at_checked(2).unwrap_or((number, ""));
        return format!("{country}1{rest}@c.us");
    }
    // Fifteen digits that nobody takes for a phone number; a prime spreads them.
    let number = number.bytes().fold(0_u64, |number, digit| {
        number.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')))
    });
    format!("{}@lid", 100_000_000_000_000 + number.wrapping_mul(48_271) % 899_999_999_999_999)
}
