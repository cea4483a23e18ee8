//! An event, as it is handed to a command or a URL.

use whatsgate_durable::Delivery;

/// The event's JSON and what else there is to know of it.
pub(crate) struct Letter {
    pub(crate) json: String,
    facts: [(&'static str, String); 7],
}

impl Letter {
    pub(crate) fn new(json: &str, delivery: &Delivery) -> Self {
        Self {
            json: json.to_owned(),
            facts: [
                ("KEY", delivery.key()),
                ("ATTEMPT", delivery.attempt().to_string()),
                ("ACTION", delivery.action().to_owned()),
                ("SESSION", delivery.session().to_owned()),
                ("CHAT", delivery.chat().to_owned()),
                ("POSITION", delivery.position().to_string()),
                ("VERIFIED", delivery.is_verified().to_string()),
            ],
        }
    }

    /// The facts as variables of the environment, which hold no zero byte.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.facts
            .iter()
            .map(|(name, value)| (format!("WHATSGATE_EVENT_{name}"), value.replace('\0', "\u{fffd}")))
    }

    /// The facts as headers. What no header may hold is percent-encoded.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.facts
            .iter()
            .map(|(name, value)| (format!("whatsgate-event-{}", name.to_lowercase()), header(value)))
    }
}

fn header(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn a_header_holds_one_line() {
        assert_eq!(header("79991112233@c.us"), "79991112233@c.us");
        assert_eq!(header("a\r\nb%й"), "a%0D%0Ab%25%D0%B9");
    }
}
