//! The decoder against a parser that reads the whole document.

use proptest::prelude::*;
use whatsgate_model::GetMessageMediaRequest;

use super::{DecodeErrorKind, MediaDecoder};
use crate::response::{Response, parse};

/// Reads a document in pieces of the given sizes, the last size for all that remain.
fn stream(document: &[u8], sizes: &[usize]) -> Result<(String, Vec<u8>), String> {
    let mut decoder = MediaDecoder::new();
    let mut file = Vec::new();
    let mut rest = document;
    let mut sizes = sizes.iter().chain(std::iter::repeat(sizes.last().unwrap_or(&usize::MAX)));
    while !rest.is_empty() {
        let size = (*sizes.next().unwrap()).clamp(1, rest.len());
        let (piece, after) = rest.split_at(size);
        decoder.read(piece, &mut file).map_err(|error| error.to_string())?;
        rest = after;
    }
    let text = decoder.finish().map_err(|error| error.to_string())?;
    let answer =
        parse::<GetMessageMediaRequest>(Response::new(200, text)).map_err(|bad| format!("{bad:?}"))?;
    assert_eq!(answer.media.data.as_str(), "", "the file is not in the rest");
    Ok((format!("{:?} {:?} {:?}", answer.result, answer.media.mimetype, answer.media.filename), file))
}

fn whole(document: &[u8]) -> Result<(String, Vec<u8>), String> {
    let response = Response::new(200, document.to_vec());
    let answer = parse::<GetMessageMediaRequest>(response).map_err(|bad| format!("{bad:?}"))?;
    let file = answer.media.data.decode().map_err(|error| error.to_string())?;
    Ok((format!("{:?} {:?} {:?}", answer.result, answer.media.mimetype, answer.media.filename), file))
}

/// The two agree on what is good and on what it holds.
fn check(document: &[u8], sizes: &[usize]) {
    match (whole(document), stream(document, sizes)) {
        (Ok(expected), Ok(found)) => assert_eq!(found, expected),
        (Err(_), Err(_)) => {}
        (expected, found) => panic!("{expected:?} {found:?} in {}", String::from_utf8_lossy(document)),
    }
}

fn error(document: &str) -> super::DecodeError {
    let mut decoder = MediaDecoder::new().with_limit(9);
    let read = decoder.read(document.as_bytes(), &mut Vec::new());
    read.and_then(|()| decoder.finish().map(drop)).unwrap_err()
}

#[test]
fn finds_the_file_wherever_it_stands() {
    let documents = [
        r#"{"result":"OK","media":{"mimetype":"text/plain","data":"SGVsbG8=","filename":"a.txt"}}"#,
        r#"{"media":{"filename":"a.txt","data":"SGVsbG8=","mimetype":"text/plain"},"result":"OK"}"#,
        "\u{feff}{ \"result\" : \"OK\",\r\n\t\"media\" : { \"data\" :\n \"SGVsbG8=\" , \"filename\" : \"a.txt\" } }\n",
        r#"{"data":"QUJD","media":{"note":{"data":"QUJD"},"filename":"a.txt","data":"SGVsbG8="},"result":"OK"}"#,
        r#"{"other":{"media":{"data":"QUJD"}},"media":{"data":"SGVsbG8=","filename":"a.txt"},"result":"OK"}"#,
        r#"{"result":"\"media\":{\"data\":\"QUJD\"}","media":{"data":"SGVsbG8="}}"#,
        r#"{"result":"\\","media":{"x":["data","QUJD",{"data":"QUJD"}],"data":"SGVsbG8="}}"#,
        r#"{"result":"OK","\u006dedia":{"d\u0061ta":"SGVsbG8="}}"#,
        r#"{"result":"OK","media":{"data":"\u0053GVsbG8\u003d"}}"#,
        r#"{"result":"OK","media":{"data":"SGVsbG8=","data2":"QUJD","dat":"QUJD","Data":"QUJD"}}"#,
    ];
    for document in documents {
        for size in [1, 2, 3, 7, usize::MAX] {
            let (_, file) = stream(document.as_bytes(), &[size]).unwrap();
            assert_eq!(file, b"Hello", "{document}");
            check(document.as_bytes(), &[size]);
        }
    }
}

#[test]
fn escaped_characters_are_base64_too() {
    let document = r#"{"result":"OK","media":{"data":"\/\/\/\/\u002B\u002b+\/"}}"#;
    for size in 1..document.len() {
        let (_, file) = stream(document.as_bytes(), &[size]).unwrap();
        assert_eq!(file, [0xff, 0xff, 0xff, 0xfb, 0xef, 0xbf]);
    }
}

#[test]
fn an_empty_file_is_a_file() {
    check(br#"{"result":"OK","media":{"data":""}}"#, &[1]);
    let (_, file) = stream(br#"{"result":"OK","media":{"data":""}}"#, &[1]).unwrap();
    assert!(file.is_empty());
}

#[test]
fn faults_are_named_with_their_place() {
    let at = |document: &str| {
        let error = error(document);
        (error.kind, error.offset)
    };
    assert_eq!(at(r#"{"media":{"data":"QU*D"}}"#), (DecodeErrorKind::Character, 20));
    assert_eq!(at(r#"{"media":{"data":"QUJDQU\nD"}}"#), (DecodeErrorKind::Character, 24));
    assert_eq!(at(r#"{"media":{"data":"QUJDQQ=D"}}"#), (DecodeErrorKind::Padding, 24));
    assert_eq!(at(r#"{"media":{"data":"QUJDQQ"}}"#), (DecodeErrorKind::Padding, 24));
    assert_eq!(at(r#"{"media":{"data":"QQ==QUJD"}}"#), (DecodeErrorKind::Padding, 20));
    assert_eq!(at(r#"{"media":{"data":"QR=="}}"#), (DecodeErrorKind::LastCharacter, 19));
    assert_eq!(at(r#"{"media":{"data":"QUJD"#), (DecodeErrorKind::Truncated, 22));
    assert_eq!(at(r#"{"media":{"data":"QUJD"}"#), (DecodeErrorKind::Truncated, 24));
    assert_eq!(at(r#"{"media":{"data":"QUJD","data":"QUJD"}}"#), (DecodeErrorKind::Duplicate, 32));
    let large = error(r#"{"media":{"data":"QUJDQUJDQUJDQUJD"}}"#);
    assert_eq!(
        large.to_string(),
        "the file has more than the 9 bytes that are allowed (byte 18 of the reply)"
    );
}

#[test]
fn data_that_is_missing_or_no_text_is_for_the_parser() {
    for (document, reason) in [
        (r#"{"result":"OK","media":{"filename":"a"}}"#, "missing field `data` at line 1 column 39"),
        (r#"{"result":"OK"}"#, "missing field `media` at line 1 column 15"),
        (
            r#"{"result":"OK","media":{"data":null}}"#,
            "invalid type: null, expected a string at line 1 column 35",
        ),
        (r#"{"result":"OK","media":null}"#, "invalid type: null, expected an object at line 1 column 27"),
        (r#"{"result":"OK","media":["text/plain","QUJD"]}"#, "expected"),
        (r#"["OK",{"data":"QUJD"}]"#, "expected"),
        ("<html>data</html>", "it is HTML, not JSON"),
        ("", "it is empty"),
    ] {
        let found = stream(document.as_bytes(), &[5]).unwrap_err();
        assert!(found.contains(reason), "{found}");
    }
    let envelope = r#"{"name":"Error","message":"no media","code":0,"status":500,"type":"yii"}"#;
    assert!(stream(envelope.as_bytes(), &[5]).unwrap_err().contains("Envelope"));
}

#[test]
fn text_beside_the_file_has_a_limit() {
    let document = format!(r#"{{"note":"{}"#, "x".repeat(1024 * 1024));
    assert_eq!(error(&document).kind, DecodeErrorKind::TextTooLarge { limit: 1024 * 1024 });
}

/// Pieces of documents, right and wrong, so that random sequences of them often come near a reply.
fn fragment() -> impl Strategy<Value = String> {
    let fixed = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        " ",
        "\n",
        "null",
        "true",
        "1e5",
        "\u{feff}",
        r#""media":"#,
        r#""media":{"#,
        r#""data":"#,
        r#""data":""#,
        r#""result":"OK","#,
        r#"{"result":"OK","media":{"data":""#,
        r#""}}"#,
        r#"","#,
        "QUJD",
        "QQ==",
        "QUI=",
        "QR==",
        "=",
        r"\/",
        r"\u002B",
        r"\u003d",
        r"\u00",
        r"\n",
        "é",
        "\u{1}",
        r#""\u0064ata":"QUJD""#,
        r#""filename":"a\"b","#,
        r#"{"data":"QUJD"}"#,
    ];
    prop_oneof![8 => proptest::sample::select(fixed.to_vec()).prop_map(str::to_owned), 1 => "[A-Za-z0-9+/]{0,40}"]
}

/// A good reply in many shapes.
fn reply() -> impl Strategy<Value = String> {
    let content = proptest::collection::vec(any::<u8>(), 0..200);
    (content, any::<[bool; 5]>(), "[ \t\r\n]{0,3}", any::<String>()).prop_map(
        |(content, choices, space, text)| {
            let mut data = whatsgate_model::Base64Data::encode(content).as_str().to_owned();
            if choices[0] {
                data = data.replace('/', r"\/").replace('+', r"\u002b").replace('A', r"\u0041");
            }
            let text = serde_json::to_string(&text).unwrap();
            let mut media = [
                format!(r#""data"{space}:{space}"{data}""#),
                format!(r#""filename":{text}"#),
                format!(r#""n":{{"data":{text},{text}:[{text},{{"media":{{"data":"QUJD"}}}}]}}"#),
            ];
            if choices[1] {
                media.reverse();
            }
            let mut members = [
                r#""result":"OK""#.to_owned(),
                format!(r#"{space}"media":{{{}{space}}}"#, media.join(&format!(",{space}"))),
                format!(r#""data":{text}"#),
            ];
            if choices[2] {
                members.reverse();
            }
            format!("{space}{{{}}}{space}", members.join(","))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_like_the_whole(
        fragments in proptest::collection::vec(fragment(), 0..20),
        sizes in proptest::collection::vec(1..9_usize, 1..5),
    ) {
        check(fragments.concat().as_bytes(), &sizes);
    }

    #[test]
    fn any_reply_is_read_like_the_whole(reply in reply(), sizes in proptest::collection::vec(1..90_usize, 1..5)) {
        prop_assert!(whole(reply.as_bytes()).is_ok(), "{}", reply);
        check(reply.as_bytes(), &sizes);
    }

    #[test]
    fn any_damage_is_seen_like_in_the_whole(
        reply in reply(), place: proptest::sample::Index, byte: u8, cut: bool, sizes in proptest::collection::vec(1..90_usize, 1..5),
    ) {
        let mut document = reply.into_bytes();
        let place = place.index(document.len());
        document[place] = byte;
        if cut {
            document.truncate(place);
        }
        check(&document, &sizes);
    }
}
