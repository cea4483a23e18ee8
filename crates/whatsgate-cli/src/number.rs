//! Phone numbers as they are typed.

use clap::Args;
use whatsgate_native::model::{Country, PhoneNumber};

use crate::command_error::CommandError;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct NumberArgs {
    /// Read the number as this country writes it, such as ru, where 8 999 111-22-33 stands for 79991112233
    #[arg(long, value_name = "COUNTRY")]
    pub(crate) country: Option<Country>,
}

impl NumberArgs {
    /// The number, with a note if it is another one than the digits say.
    pub(crate) fn read(&self, text: &str, output: &Output) -> Result<PhoneNumber, CommandError> {
        let Some(country) = self.country else {
            return PhoneNumber::new(text)
                .map_err(|error| CommandError::usage(format!("{error}{}", hint(text))));
        };
        let number = PhoneNumber::parse_local(text, country)?;
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if number != *digits {
            output.note(&format!("{text} is read as {number}, because of --country {country}"));
        }
        Ok(number)
    }
}

/// What helps with a number that is refused without a country, as it is written behind why; nothing where no country helps.
pub(crate) fn hint(text: &str) -> &'static str {
    let digits = || text.chars().filter(char::is_ascii_digit);
    let is_of = |country: &str| {
        country.parse().is_ok_and(|country: Country| PhoneNumber::parse_local(text, country).is_ok())
    };
    let is_local = || PhoneNumber::new(format!("+{text}")).is_ok() || digits().next() == Some('0');
    if is_of("ru") {
        "; --country ru reads it as a Russian number"
    } else if (7..=15).contains(&digits().count()) && is_local() {
        "; if it is written as its own country does, --country reads it, such as --country de"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn who_writes_numbers_as_a_country_does_is_told_of_the_option() {
        for text in ["8 (999) 111-22-33", "9991112233", "89991112233"] {
            assert!(hint(text).contains("--country ru"), "{text}");
        }
        for text in ["0171 1234567", "7999111223344"] {
            assert!(hint(text).contains("such as --country de"), "{text}");
        }
        for text in ["", "12", "Anna", "0", "799911122x3"] {
            assert_eq!(hint(text), "", "{text}");
        }
    }
}
