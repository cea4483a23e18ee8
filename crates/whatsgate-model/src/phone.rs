//! Phone numbers.

use crate::text_newtype::{InvalidValue, text_newtype};

const WHAT: &str = "phone number";

text_newtype!(
    /// A phone number in international form, digits only.
    ///
    /// [`PhoneNumber::new`] drops a leading `+` and the usual separators (spaces, dashes, dots, brackets) and wants 5
    /// to 15 digits that do not start with `0`. It never guesses a country. Without `+` it refuses what is likely to be
    /// a number as it is written inside a country, because it would be a stranger's:
    ///
    /// - 11 digits that start with `8`, the Russian prefix for calls inside the country, which stands for `7`;
    /// - more than 11 digits that start with `1` or `7`, whose countries have no such numbers;
    /// - 10 digits that start with `1`, `7`, `8` or `9`, or with no country code whose mobile numbers have that length.
    ///
    /// A `+` says that the country code is there, and then only 11 digits from `83` or `89` are refused, which no country
    /// code begins like. A number as a country writes it is read by `PhoneNumber::parse_local` (feature `phone-local`).
    /// (Wire reference, sections 2.1, 2.3 and 2.7; the bounds are those of international numbers.)
    ///
    /// ```
    /// # use whatsgate_model::PhoneNumber;
    /// assert_eq!(PhoneNumber::new("+7 (999) 111-22-33")?.as_str(), "79991112233");
    /// let error = PhoneNumber::new("8 (495) 111-22-33").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid phone number: a Russian number starts with 7 instead of 8; \
    ///      if 8 begins the code of another country, write + before it"
    /// );
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    PhoneNumber,
    |text| {
        let digits = digits(text)?;
        if !text.trim_start().starts_with('+') {
            refuse_local(&digits)?;
        }
        Ok(digits.into())
    },
    "pattern" = "^[1-9][0-9]{4,14}$",
    "description" = "A phone number in international form: 5 to 15 digits with the country code first, without `+` and \
        separators. A Russian number starts with 7, not with 8."
);

impl PhoneNumber {
    /// A number that is known to have its country code, such as one on the wire.
    pub(crate) fn international(text: &str) -> Result<Self, InvalidValue> {
        digits(text).map(|digits| Self(digits.into()))
    }
}

/// The digits of a number that may be an international one.
fn digits(text: &str) -> Result<String, InvalidValue> {
    let digits = without_separators(text)?;
    match digits.len() {
        0 => Err(InvalidValue::new(WHAT, "it has no digits")),
        5..=15 if digits.starts_with('0') => Err(InvalidValue::new(
            WHAT,
            "it starts with 0; write the international form with the country code first",
        )),
        // No country code starts so, and to write 8 for +7 is a Russian habit.
        11 if digits.starts_with("89") || digits.starts_with("83") => Err(InvalidValue::new(
            WHAT,
            "no country code starts like that; a Russian number starts with 7 instead of 8",
        )),
        5..=15 => Ok(digits),
        n => Err(InvalidValue::new(WHAT, format!("it has {n} digits; the international form has 5 to 15"))),
    }
}

fn without_separators(text: &str) -> Result<String, InvalidValue> {
    let mut digits = String::with_capacity(text.len());
    for (at, c) in text.trim_end().chars().enumerate() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() => {}
            c if digits.is_empty() && c.is_whitespace() => {}
            ' ' | '\u{a0}' | '-' | '\u{2010}'..='\u{2014}' | '.' | '(' | ')' => {}
            _ => return Err(InvalidValue::new(WHAT, format!("character {} is not a digit", at + 1))),
        }
    }
    Ok(digits)
}

/// The country codes below 7 whose mobile numbers can have ten digits in all, by the metadata of libphonenumber 9.0.
const TEN_DIGITS: [&str; 41] = [
    "27", "43", "45", "47", "53", "64", "65", "220", "231", "238", "239", "241", "243", "246", "248", "252",
    "269", "291", "297", "354", "358", "372", "423", "501", "507", "592", "597", "599", "673", "674", "676",
    "677", "678", "679", "680", "683", "685", "688", "690", "691", "692",
];

/// Refuses what is likely to lack its country code.
fn refuse_local(digits: &str) -> Result<(), InvalidValue> {
    match digits.len() {
        11 if digits.starts_with('8') => Err(InvalidValue::new(
            WHAT,
            "a Russian number starts with 7 instead of 8; if 8 begins the code of another country, write + before it",
        )),
        10 if !TEN_DIGITS.iter().any(|code| digits.starts_with(code)) => Err(InvalidValue::new(
            WHAT,
            "the country code seems to be missing, 7 for Russia; if it is there, write + before it",
        )),
        12.. if digits.starts_with(['1', '7']) => Err(InvalidValue::new(
            WHAT,
            "a number that starts with 1 or 7 has 11 digits; if this one has more, write + before it",
        )),
        _ => Ok(()),
    }
}

#[cfg(feature = "phone-local")]
mod local {
    use std::fmt;
    use std::str::FromStr;

    use phonenumber::country;

    use super::{PhoneNumber, WHAT, without_separators};
    use crate::text_newtype::InvalidValue;

    /// A country by the two letters of ISO 3166, in either case.
    ///
    /// ```
    /// # use whatsgate_model::Country;
    /// assert_eq!("ru".parse::<Country>()?.to_string(), "RU");
    /// assert!("Russia".parse::<Country>().is_err());
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Country(country::Id);

    impl FromStr for Country {
        type Err = InvalidValue;

        fn from_str(text: &str) -> Result<Self, Self::Err> {
            let id = text.trim().to_ascii_uppercase().parse();
            id.map(Self).map_err(|_| {
                InvalidValue::new(
                    "country",
                    "it must be the two letters of a country in ISO 3166, such as RU",
                )
            })
        }
    }

    impl fmt::Display for Country {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.pad(self.0.as_ref())
        }
    }

    impl PhoneNumber {
        /// Reads a number as it is written inside `country`; one with another country's code after a `+` is taken as well.
        ///
        /// What came in and what came out may be different numbers to whoever typed it, so show the outcome before
        /// anything is sent to it. The rules of every country are those of libphonenumber.
        ///
        /// ```
        /// # use whatsgate_model::{Country, PhoneNumber};
        /// let russia: Country = "RU".parse()?;
        /// for text in ["8 (999) 111-22-33", "9991112233", "+7 999 111-22-33"] {
        ///     assert_eq!(PhoneNumber::parse_local(text, russia)?, "79991112233");
        /// }
        /// # Ok::<(), whatsgate_model::InvalidValue>(())
        /// ```
        ///
        /// # Errors
        /// [`InvalidValue`] when the country has no such numbers, without repeating the text.
        pub fn parse_local(text: impl AsRef<str>, country: Country) -> Result<Self, InvalidValue> {
            let text = text.as_ref();
            // The library would take letters for the digits they share a key with.
            let mut dialled = without_separators(text)?;
            if text.trim_start().starts_with('+') {
                dialled.insert(0, '+');
            }
            let number =
                phonenumber::parse(Some(country.0), dialled).ok().filter(phonenumber::PhoneNumber::is_valid);
            let Some(number) = number else {
                return Err(InvalidValue::new(
                    WHAT,
                    format!(
                        "libphonenumber knows no such numbers in {country}; the international form begins with +"
                    ),
                ));
            };
            Self::international(&number.format().mode(phonenumber::Mode::E164).to_string())
        }
    }
}

#[cfg(feature = "phone-local")]
pub use local::Country;
