//! A recipient as spreadsheets leave it.

use whatsgate_native::model::{ChatId, Country, PhoneNumber, Recipient};

use crate::number::hint;

/// How many digits a number has at least that a program wrote with a decimal fraction.
const WHOLE: usize = 10;

/// Whom a row is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Addressee {
    pub(crate) recipient: Recipient,
    /// Whether the country made another number of the digits.
    pub(crate) is_by_country: bool,
}

/// Reads a value; the error does not repeat it.
pub(crate) fn read(value: &str, country: Option<Country>) -> Result<Addressee, String> {
    let value = typed(value);
    if value.is_empty() {
        return Err("it is empty".to_owned());
    }
    if value.contains('@') {
        let id = ChatId::new(&value).map_err(|error| error.why().to_owned())?;
        return Ok(Addressee { recipient: id.into(), is_by_country: false });
    }
    let number = whole(&value)?;
    let why = |error: whatsgate_native::model::InvalidValue| error.why().to_owned();
    match country {
        None => {
            let read = PhoneNumber::new(number);
            let number = read.map_err(|error| format!("{}{}", error.why(), hint(number)))?;
            Ok(Addressee { recipient: number.into(), is_by_country: false })
        }
        Some(country) => {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            let number = PhoneNumber::parse_local(number, country).map_err(why)?;
            let is_by_country = number != *digits;
            Ok(Addressee { recipient: number.into(), is_by_country })
        }
    }
}

/// The one form of all that mean the same: the id of the chat.
pub(crate) fn canonical(recipient: &Recipient) -> String {
    match recipient {
        Recipient::Id(id) => id.to_string(),
        Recipient::Phone(number) => ChatId::contact(number).to_string(),
        Recipient::Group(number) => ChatId::group(number).to_string(),
    }
}

/// The value as it was typed: without what makes a spreadsheet take it for a text (`'79991112233`, `="79991112233"`), and
/// without the invisible characters that come along when a number is copied from a contact.
fn typed(value: &str) -> String {
    let is_invisible = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let visible: String = value
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    let text = visible.trim();
    let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    text.trim_start_matches(['\'', '\u{2019}']).trim().to_owned()
}

/// The number without the fraction that spreadsheets and data tools write behind whole numbers (`79991112233.0`).
fn whole(value: &str) -> Result<&str, String> {
    const AS_TEXT: &str = "format the column as text and enter the numbers anew";
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_decimal = |text: &str| {
        let text = text.trim_start_matches(['+', '-']);
        text.split_once(['.', ',']).map_or(digits(text), |(whole, part)| digits(whole) && digits(part))
    };
    if let Some((number, exponent)) = value.split_once(['e', 'E', 'е', 'Е'])
        && is_decimal(number.trim())
        && digits(exponent.trim().trim_start_matches(['+', '-']))
    {
        return Err(format!(
            "a spreadsheet has written the number with an exponent, and its last digits are lost: {AS_TEXT}"
        ));
    }
    let Some((number, part)) = value.split_once(['.', ',']) else { return Ok(value) };
    let plain = number.trim_start_matches('+');
    if !digits(plain) || !digits(part) {
        return Ok(value);
    }
    let is_zero = part.bytes().all(|byte| byte == b'0');
    if is_zero && plain.len() >= WHOLE {
        Ok(number)
    } else if is_zero || plain.len() >= WHOLE {
        Err(format!("it looks like a decimal fraction: {AS_TEXT}"))
    } else {
        // A dot may separate groups of digits.
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: &str) -> Result<String, String> {
        read(value, None).map(|read| canonical(&read.recipient))
    }

    #[test]
    fn what_is_whole_is_read() {
        for value in [
            "79991112233",
            "+7 (999) 111-22-33",
            "7.999.111.22.33",
            "'79991112233",
            "\u{2019}79991112233",
            "=\"79991112233\"",
            "79991112233.0",
            "79991112233,00",
            "+79991112233.0",
            "\u{202a}+7\u{202f}999\u{2009}111\u{2011}22\u{2011}33\u{202c}",
            "79991112233@c.us",
            " 7 999 111 22 33 ",
        ] {
            assert_eq!(number(value).as_deref(), Ok("79991112233@c.us"), "{value}");
        }
        assert_eq!(number("4239048293082@g.us").as_deref(), Ok("4239048293082@g.us"));
    }

    #[test]
    fn what_a_spreadsheet_has_shortened_is_refused() {
        for value in ["7.9991E+10", "7,9991E+10", "8E+10", "7.9991e10", "7,9991Е+10", "-7.9E+10"] {
            let why = number(value).unwrap_err();
            assert!(why.contains("exponent") && why.contains("format the column as text"), "{value}: {why}");
        }
        for value in ["79991112233.5", "79991112233,25", "9991112233.10", "7999111.00"] {
            assert!(number(value).unwrap_err().contains("decimal fraction"), "{value}");
        }
    }

    #[test]
    fn a_mistake_repeats_nothing() {
        for value in
            ["", "   ", "'", "none", "89991112233", "9991112233", "7999111223x", "7999@", "a b@c.us", "12"]
        {
            let why = number(value).unwrap_err();
            assert!(!why.is_empty() && !why.contains("7999111") && !why.contains("9111"), "{value}: {why}");
        }
    }

    #[test]
    fn a_country_reads_numbers_as_it_writes_them() {
        let country = Some("ru".parse().unwrap());
        for (value, is_by_country) in [
            ("8 (999) 111-22-33", true),
            ("9991112233", true),
            ("79991112233", false),
            ("9991112233.0", true),
        ] {
            let read = read(value, country).unwrap();
            assert_eq!(canonical(&read.recipient), "79991112233@c.us");
            assert_eq!(read.is_by_country, is_by_country, "{value}");
        }
        assert!(read("12", country).is_err());
        assert_eq!(canonical(&read("1@g.us", country).unwrap().recipient), "1@g.us");
    }
}
