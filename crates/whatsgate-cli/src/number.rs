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
        let Some(country) = self.country else { return Ok(PhoneNumber::new(text)?) };
        let number = PhoneNumber::parse_local(text, country)?;
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if number != *digits {
            output.note(&format!("{text} is read as {number}, because of --country {country}"));
        }
        Ok(number)
    }
}
