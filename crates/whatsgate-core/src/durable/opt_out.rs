//! Who wants no more bulk.

use super::pacing::Class;
use super::rules::Rule;

/// The words, in lower case. Short on purpose: "cancel", "end" and "quit" are what people answer a program for other reasons.
const WORDS: [&str; 9] =
    ["stop", "stopall", "unsubscribe", "optout", "opt out", "opt-out", "стоп", "отписаться", "отписка"];

/// No word with what may stand around it is longer, in bytes.
const LONGEST: usize = 128;

/// Whether an inbound message is nothing but a word by which people opt out. White space, punctuation and signs around it do
/// not matter, nor does upper case; a sentence that contains such a word is none.
///
/// ```
/// use whatsgate_core::durable::opt_out::is_opt_out;
///
/// assert!(is_opt_out(" «СТОП»! "));
/// assert!(!is_opt_out("Please stop by at five"));
/// ```
pub fn is_opt_out(text: &str) -> bool {
    let word = text.trim();
    if word.len() > LONGEST {
        return false;
    }
    let word = word.trim_matches(|sign: char| !sign.is_alphanumeric()).to_lowercase();
    WORDS.contains(&word.as_str())
}

/// Whether a message of this class must not go to a recipient who opted out: bulk alone. An answer or a login code is what
/// the recipient asked for.
pub fn stops(class: Class) -> bool {
    class == Class::Bulk && Rule::OptOutStopsBulk.holds()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_alone_opt_out() {
        for text in [
            "stop",
            "STOP.",
            "Stop!!!",
            "\n стоп \u{a0}",
            "«Стоп»",
            "(отписаться)",
            "Unsubscribe",
            "ОТПИСКА",
            "🛑 стоп 🛑",
            "*STOP*",
            "opt-out",
            "\u{200b}stop\u{200b}",
        ] {
            assert!(is_opt_out(text), "{text:?}");
        }
    }

    #[test]
    fn nothing_else_does() {
        for text in [
            "",
            "!",
            "stop it",
            "don't stop",
            "Please, stop.",
            "стоп, а когда доставка?",
            "Не стоп",
            "nonstop",
            "стоп-кран",
            "stop stop stop and listen",
            "stop\nstop",
            "cancel",
            "1 stop",
            "stop 2",
            "хочу отписаться",
        ] {
            assert!(!is_opt_out(text), "{text:?}");
        }
        assert!(!is_opt_out(&format!("stop{}", "!".repeat(1_000_000))));
    }

    #[test]
    fn bulk_alone_is_stopped() {
        assert_eq!(Class::ALL.map(stops), [false, false, true]);
    }

    #[cfg(feature = "simulation")]
    #[test]
    fn without_the_rule_bulk_goes_to_who_opted_out() {
        assert!(!Rule::OptOutStopsBulk.without(|| stops(Class::Bulk)));
    }
}
