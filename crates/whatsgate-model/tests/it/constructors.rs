//! Values that a program makes are checked, and what is wrong is said without repeating it.

use std::fmt::Debug;

use proptest::prelude::*;
use whatsgate_model::*;

use crate::generate;

fn why<T: Debug>(result: Result<T, InvalidValue>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn phone_numbers() {
    for text in
        ["79991112233", "+79991112233", " +7 (999) 111-22-33\n", "7.999.111.22.33", "7\u{a0}999–1112233"]
    {
        assert_eq!(PhoneNumber::new(text).unwrap(), "79991112233", "{text}");
    }
    for (text, reason) in [
        ("", "it has no digits"),
        ("+", "it has no digits"),
        ("1234", "it has 4 digits; the international form has 5 to 15"),
        ("1234567890123456", "it has 16 digits; the international form has 5 to 15"),
        ("  7x991112233", "character 4 is not a digit"),
        ("7+9991112233", "character 2 is not a digit"),
        ("79991112233@c.us", "character 12 is not a digit"),
        ("7999111\n2233", "character 8 is not a digit"),
        ("٧٩٩٩١١١٢٢٣٣", "character 1 is not a digit"),
        ("09991112233", "it starts with 0; write the international form with the country code first"),
    ] {
        assert_eq!(why(PhoneNumber::new(text)), format!("invalid phone number: {reason}"));
    }
}

#[test]
fn a_number_without_its_country_code_is_not_a_strangers() {
    for text in ["9161234567", "4951234567", "8121234567", "7916123456", "2125550123", "9601234567"] {
        assert_eq!(
            why(PhoneNumber::new(text)),
            "invalid phone number: the country code seems to be missing, 7 for Russia; if it is there, write + before it"
        );
    }
    for text in ["84951234567", "8 (800) 123-45-67", "85212345678"] {
        assert_eq!(
            why(PhoneNumber::new(text)),
            "invalid phone number: a Russian number starts with 7 instead of 8; if 8 begins the code of another \
             country, write + before it"
        );
    }
    for text in ["791612345678", "120255501234"] {
        assert_eq!(
            why(PhoneNumber::new(text)),
            "invalid phone number: a number that starts with 1 or 7 has 11 digits; if this one has more, write + before it"
        );
    }
    for text in ["8 (916) 123-45-67", "83831234567", "+8 (383) 123-45-67"] {
        assert_eq!(
            why(PhoneNumber::new(text)),
            "invalid phone number: no country code starts like that; a Russian number starts with 7 instead of 8"
        );
    }
    for (text, number) in [
        ("+49 30 12345678", "493012345678"),
        ("+49 30 123456", "4930123456"),
        ("+960 123-4567", "9601234567"),
        ("+84 95 123 45 67", "84951234567"),
        ("+852 1234 5678", "85212345678"),
        ("8613912345678", "8613912345678"),
        ("4512345678", "4512345678"),
        ("65 1234 5678", "6512345678"),
        ("861012345678", "861012345678"),
    ] {
        assert_eq!(PhoneNumber::new(text).unwrap(), number, "{text}");
    }
}

/// On the wire no number has a `+`, and every one has its country code.
#[test]
fn a_number_on_the_wire_is_international() {
    let number = PhoneNumber::new("+84 95 123 45 67").unwrap();
    let chat = ChatId::contact(&number);
    assert_eq!(chat.phone(), Some(number.clone()));
    let written = serde_json::to_string(&Recipient::from(&number)).unwrap();
    assert_eq!(serde_json::from_str::<Recipient>(&written).unwrap(), Recipient::Phone(number));
}

#[cfg(feature = "phone-local")]
#[test]
fn a_number_as_a_country_writes_it() {
    let russia: Country = "ru".parse().unwrap();
    for text in ["8 (916) 123-45-67", "89161234567", "9161234567", "79161234567", "+7 916 123 45 67"] {
        assert_eq!(PhoneNumber::parse_local(text, russia).unwrap(), "79161234567", "{text}");
    }
    assert_eq!(PhoneNumber::parse_local("84951234567", russia).unwrap(), "74951234567");
    assert_eq!(PhoneNumber::parse_local("+49 30 12345678", russia).unwrap(), "493012345678");
    let germany: Country = "DE".parse().unwrap();
    assert_eq!(PhoneNumber::parse_local("030 12345678", germany).unwrap(), "493012345678");
    for text in ["", "123", "8916123456", "891612345678", "8 916 CALL ME"] {
        let error = why(PhoneNumber::parse_local(text, russia));
        assert!(!error.contains("916"), "{error}");
    }
    for text in ["", "r", "Russia", "XX", "7"] {
        assert!(text.parse::<Country>().is_err(), "{text}");
    }
}

#[test]
fn ids() {
    assert!(SessionId::new("YOUR_WHATSAPP_ID").is_ok());
    assert_eq!(why(SessionId::new("")), "invalid session id: it is empty");
    assert_eq!(
        why(SessionId::new("63 45")),
        "invalid session id: character 3 is white space or a control character"
    );
    assert_eq!(
        why(MediaKey::new("\u{7f}")),
        "invalid media key: character 1 is white space or a control character"
    );
    for id in ["79991112233@c.us", "4239048293082@g.us", "AA11223344@g.us", "123@lid", "status@broadcast"] {
        assert_eq!(ChatId::new(id).unwrap(), id);
    }
    for id in ["", "79991112233", "@c.us", "7999@", "a@b@c", "+79991112233@c.us", "7999 1112233@c.us"] {
        assert!(ChatId::new(id).is_err(), "{id}");
    }
    for id in ["true_1@c.us_AB", "false_1-2@g.us_AB_3@c.us"] {
        assert_eq!(MessageId::new(id).unwrap(), id);
    }
    for id in ["", "AB", "true_1@c.us", "true_1@c.us_", "maybe_1@c.us_AB", "true_1_AB", "true_1@c.us_A B"] {
        assert!(MessageId::new(id).is_err(), "{id}");
    }
    for number in ["AA11223344", "79991112233-1660218976"] {
        assert_eq!(GroupNumber::new(number).unwrap(), number);
    }
    for number in ["", "1@g.us", "1 2", "группа"] {
        assert!(GroupNumber::new(number).is_err(), "{number}");
    }
}

#[test]
fn dates() {
    assert!(WireDate::new("2024-02-29 23:59:59").is_ok());
    for text in [
        "",
        "2022-09-07",
        "2022-09-07T18:29:37",
        "2022-9-7 1:2:3",
        " 2022-09-07 18:29:37",
        "2022-09-07  18:29:37",
        "2022-09-0718:29:37",
        "+2022-09-07 18:29:37",
        "-022-09-07 18:29:37",
        "2022-09-07 18:29:37Z",
        "2022-09-07 18:29:60",
        "2022-09-07 24:00:00",
        "2023-02-29 00:00:00",
    ] {
        assert_eq!(
            why(WireDate::new(text)),
            "invalid date: it must be a date of the form YYYY-MM-DD HH:MM:SS"
        );
    }
}

#[test]
fn mime_types() {
    for text in ["image/png", "image/svg+xml", "application/vnd.ms-excel", "audio/ogg; codecs=opus"] {
        assert_eq!(MimeType::new(text).unwrap(), text);
    }
    assert_eq!(MimeType::new(" image/png ").unwrap(), "image/png");
    for text in ["", "image", "image/", "/png", "image/png/2", "image /png", "image/png\n;a=b", "карта/png"]
    {
        assert!(MimeType::new(text).is_err(), "{text}");
    }
}

#[test]
fn base64() {
    for (text, reason) in [
        ("SGV$bG8=", "character 4 has no place there"),
        ("data:SGVsbG8=", "character 5 has no place there"),
        ("SGVsbG8", "it is cut off, or its padding is wrong"),
        ("SGVsbG9=", "it is cut off, or its padding is wrong"),
        ("S", "it is cut off, or its padding is wrong"),
    ] {
        assert_eq!(why(Base64Data::from_base64(text).decode()), format!("invalid base64 data: {reason}"));
    }
}

#[test]
fn recipients() {
    assert_eq!(
        "+7 999 111-22-33".parse::<Recipient>().unwrap(),
        PhoneNumber::new("79991112233").unwrap().into()
    );
    assert!("4239048293082@g.us".parse::<Recipient>().unwrap().is_group());
    assert!("call me".parse::<Recipient>().is_err());
    let read = |json: &str| serde_json::from_str::<Recipient>(json).map_err(|error| error.to_string());
    let phone = Recipient::Phone(PhoneNumber::new("79991112233").unwrap());
    for (json, recipient) in [
        (r#"{"number":"79991112233"}"#, phone.clone()),
        (r#"{"number":"+7 999 111-22-33","type":"contact"}"#, phone),
        (r#"{"number":"AA11223344","type":"group"}"#, GroupNumber::new("AA11223344").unwrap().into()),
        (r#"{"id":"79991112233@c.us","number":null}"#, ChatId::new("79991112233@c.us").unwrap().into()),
    ] {
        assert_eq!(read(json), Ok(recipient), "{json}");
    }
    for (json, reason) in [
        (r#"{"number":"AA11223344"}"#, "invalid phone number: character 1 is not a digit"),
        (
            r#"{"number":"79991112233@g.us","type":"group"}"#,
            "invalid group number: character 12 is neither letter, digit nor dash; leave out the suffix @g.us",
        ),
        (r#"{"number":"","type":"group"}"#, "invalid recipient: it needs an id or a number"),
        (
            r#"{"number":"79991112233","type":"channel"}"#,
            "invalid recipient: its type must be contact or group",
        ),
        (r#"{"id":"7999"}"#, "invalid chat id: it must look like 79999999999@c.us or 4239048293082@g.us"),
    ] {
        assert_eq!(read(json), Err(reason.to_owned()), "{json}");
    }
}

/// Whether the error, shown in either way, is silent about the secret.
fn silent<T: Debug>(result: Result<T, InvalidValue>, secret: &str) -> bool {
    result.is_err_and(|error| !error.to_string().contains(secret) && !format!("{error:?}").contains(secret))
}

proptest! {
    #[test]
    fn errors_never_repeat_the_text(secret in "[1-9][0-9]{8}", before in "[ -~]{0,6}", after in "[ -~]{0,6}") {
        // Each text is spoilt for the type that it is given to.
        let text = format!("{before}{secret}{after}");
        for (name, silent) in [
            ("PhoneNumber", silent(PhoneNumber::new(format!("{text}x")), &secret)),
            ("PhoneNumber", silent(PhoneNumber::new(format!("{secret}{secret}")), &secret)),
            ("GroupNumber", silent(GroupNumber::new(format!("{text}@g.us")), &secret)),
            ("SessionId", silent(SessionId::new(format!("{text} x")), &secret)),
            ("MediaKey", silent(MediaKey::new(format!("{text}\t")), &secret)),
            ("ChatId", silent(ChatId::new(format!("{text}@@c.us")), &secret)),
            ("ChatId", silent(ChatId::new(format!("x{secret}@c.us")), &secret)),
            ("MessageId", silent(MessageId::new(format!("maybe_{text}")), &secret)),
            ("MimeType", silent(MimeType::new(format!("/{text}")), &secret)),
            ("WireDate", silent(WireDate::new(format!("{text}T")), &secret)),
            ("Recipient", silent(format!("{text}@").parse::<Recipient>(), &secret)),
            ("Base64Data", silent(Base64Data::from_base64(format!("{text}?")).decode(), &secret)),
        ] {
            prop_assert!(silent, "{}", name);
        }
    }

    #[test]
    fn what_was_accepted_is_accepted_again(text in generate::text()) {
        fn again<T>(new: impl Fn(&str) -> Result<T, InvalidValue>, text: &str) -> Result<(), TestCaseError>
        where
            T: AsRef<str> + PartialEq + Debug,
        {
            if let Ok(value) = new(text) {
                prop_assert_eq!(&new(value.as_ref()).unwrap(), &value);
            }
            Ok(())
        }
        for text in [text.clone(), format!("7{text}9991112233"), format!("{text}@c.us"), format!("image/{text}")] {
            again(|text| PhoneNumber::new(text), &text)?;
            again(|text| GroupNumber::new(text), &text)?;
            again(|text| SessionId::new(text), &text)?;
            again(|text| ChatId::new(text), &text)?;
            again(|text| MessageId::new(text), &text)?;
            again(|text| MimeType::new(text), &text)?;
        }
    }

    #[test]
    fn phone_numbers_hold_digits_only(text in "[+]?[0-9 ().-]{5,20}") {
        if let Ok(number) = PhoneNumber::new(&text) {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(number.as_str(), digits);
        }
    }

    #[test]
    fn ids_name_their_parts(number in generate::phone(), group in generate::group_number(), id in generate::message_id()) {
        let contact = ChatId::contact(&number);
        prop_assert!(contact.is_contact() && !contact.is_group());
        prop_assert_eq!(contact.phone(), Some(number));
        let group = ChatId::group(&group);
        prop_assert!(group.is_group() && !group.is_contact());
        prop_assert_eq!(group.phone(), None);
        let (chat, short) = (id.chat().unwrap(), id.short().unwrap());
        let start = format!("{}_{chat}_{short}", id.is_outgoing());
        prop_assert!(id.as_str().starts_with(&start));
    }

    #[test]
    fn debugging_does_not_show_content(bytes in "[A-Z]{12,20}") {
        let data = Base64Data::encode(&bytes);
        let shown = format!("{data:?}");
        prop_assert!(!shown.contains(data.as_str()));
        let raw: RawJson = serde_json::from_str(&format!(r#"{{"body":"{bytes}"}}"#)).unwrap();
        let shown = format!("{raw:?}");
        prop_assert!(!shown.contains(&bytes));
    }
}
