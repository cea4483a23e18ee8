//! What a file is: its MIME type by content and by name, and from that the type of message it travels as.

#[cfg(feature = "attach")]
use whatsgate_model::{Base64Data, OutgoingFile};
use whatsgate_model::{FileDescription, MimeType, OutgoingType};

use whatsgate_model::InvalidRequest;

/// Makes a file to send from its name and its content, as the 1C library's `ПрикрепитьФайл` does.
///
/// Both choices can be overridden afterwards.
///
/// ```
/// use whatsgate_core::attach::attach;
/// use whatsgate_model::{OutgoingMessage, OutgoingType};
///
/// let file = attach("отчёт.csv", "дата;сумма\n".as_bytes())?;
/// assert_eq!(file.kind, OutgoingType::Document);
/// assert_eq!(file.mimetype, "text/csv");
/// assert_eq!(file.filename, "отчёт.csv");
/// let message = OutgoingMessage::file(file.with_caption("За март"));
/// # Ok::<(), whatsgate_core::InvalidRequest>(())
/// ```
///
/// # Errors
/// When the file is empty or has no name.
#[cfg(feature = "attach")]
pub fn attach(filename: &str, content: &[u8]) -> Result<OutgoingFile, InvalidRequest> {
    Ok(describe(filename, content)?.with_data(Base64Data::encode(content)))
}

/// Describes a file by its name and its beginning, of which 8 KiB tell as much as the whole does. For a
/// [`FileSend`](crate::media::FileSend).
///
/// ```
/// use whatsgate_core::attach::describe;
/// use whatsgate_model::OutgoingType;
///
/// let photo = describe("photo.png", b"\x89PNG\r\n\x1a\n")?;
/// assert_eq!((photo.kind, photo.mimetype.as_str()), (OutgoingType::Image, "image/png"));
/// # Ok::<(), whatsgate_core::InvalidRequest>(())
/// ```
///
/// # Errors
/// When the file is empty or has no name.
#[cfg(feature = "attach")]
pub fn describe(filename: &str, beginning: &[u8]) -> Result<FileDescription, InvalidRequest> {
    describe_as(filename, mime_guess::from_path(filename).first_raw(), beginning)
}

/// The same where the platform knows a file's type by its name, as browsers do.
///
/// ```
/// use whatsgate_core::attach::describe_as;
///
/// let table = describe_as("C:\\reports\\march.csv", Some("text/csv"), b"date;sum\n")?;
/// assert_eq!((table.filename.as_str(), table.mimetype.as_str()), ("march.csv", "text/csv"));
/// # Ok::<(), whatsgate_core::InvalidRequest>(())
/// ```
///
/// # Errors
/// When the file is empty or has no name.
pub fn describe_as(
    filename: &str,
    by_name: Option<&str>,
    beginning: &[u8],
) -> Result<FileDescription, InvalidRequest> {
    // Only the last part of a path: where a file lies on this machine is nobody's business.
    let name = filename.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if name.is_empty() {
        return Err(InvalidRequest::new("file", "it has no name"));
    }
    if beginning.is_empty() {
        return Err(InvalidRequest::new("file", "it is empty"));
    }
    let mimetype = decide(by_name, beginning);
    Ok(FileDescription::new(message_type(&mimetype), mimetype, name))
}

/// The type of message in which a file of this MIME type travels: pictures that WhatsApp shows as `image`, WebP as
/// `sticker`, Ogg as `voice`, and everything else, video included, as `doc` (wire reference, section 2.1).
///
/// ```
/// use whatsgate_core::attach::message_type;
/// use whatsgate_model::{MimeType, OutgoingType};
///
/// assert_eq!(message_type(&MimeType::new("audio/ogg; codecs=opus")?), OutgoingType::Voice);
/// assert_eq!(message_type(&MimeType::new("video/mp4")?), OutgoingType::Document);
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
pub fn message_type(mimetype: &MimeType) -> OutgoingType {
    match mimetype.essence().to_ascii_lowercase().as_str() {
        "image/jpeg" | "image/pjpeg" | "image/png" | "image/gif" => OutgoingType::Image,
        "image/webp" => OutgoingType::Sticker,
        "audio/ogg" | "audio/opus" => OutgoingType::Voice,
        _ => OutgoingType::Document,
    }
}

/// The MIME type of a file. `content` may be its beginning; 8 KiB tell as much as the whole does.
///
/// The content decides; the name decides where the content is a container (a zip file may be a spreadsheet), is plain
/// text, or tells nothing.
///
/// ```
/// use whatsgate_core::attach::mime_type;
///
/// assert_eq!(mime_type("renamed.txt", b"%PDF-1.7"), "application/pdf");
/// assert_eq!(mime_type("notes.md", b"# Notes"), "text/markdown");
/// ```
#[cfg(feature = "attach")]
pub fn mime_type(filename: &str, content: &[u8]) -> MimeType {
    decide(mime_guess::from_path(filename).first_raw(), content)
}

fn decide(by_name: Option<&str>, content: &[u8]) -> MimeType {
    let chosen = match by_content(content) {
        _ if is_opus(content) => "audio/ogg; codecs=opus",
        // whatsapp-web.js and the vendor's list know these under other names.
        Some("audio/m4a") => "audio/mp4",
        Some("audio/x-wav") => "audio/wav",
        Some(container) if is_container(container) => by_name.unwrap_or(container),
        Some(mimetype) => mimetype,
        None => match by_name {
            Some(name) => name,
            None if is_text(content) => "text/plain",
            None => "application/octet-stream",
        },
    };
    MimeType::new(chosen).unwrap_or_else(|_| MimeType::octet_stream())
}

fn by_content(content: &[u8]) -> Option<&'static str> {
    #[cfg(feature = "attach")]
    return infer::get(content).map(|kind| kind.mime_type());
    #[cfg(not(feature = "attach"))]
    usual_by_content(content)
}

/// The kinds that WhatsApp shows in ways of their own, and the usual documents. All that infer knows would be a good part
/// of a web page's code, for files whose type a browser tells by their name.
#[cfg(any(test, not(feature = "attach")))]
fn usual_by_content(content: &[u8]) -> Option<&'static str> {
    use infer::{archive, audio, doc, image, video};

    type IsKind = fn(&[u8]) -> bool;
    const KINDS: [(IsKind, &str); 14] = [
        (image::is_jpeg, "image/jpeg"),
        (image::is_png, "image/png"),
        (image::is_gif, "image/gif"),
        (image::is_webp, "image/webp"),
        (video::is_mp4, "video/mp4"),
        (audio::is_mp3, "audio/mpeg"),
        (audio::is_m4a, "audio/m4a"),
        (audio::is_ogg, "audio/ogg"),
        (audio::is_wav, "audio/x-wav"),
        (doc::is_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (doc::is_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (doc::is_pptx, "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        (archive::is_zip, "application/zip"),
        (archive::is_pdf, "application/pdf"),
    ];
    KINDS.iter().find(|(is_it, _)| is_it(content)).map(|(_, mimetype)| *mimetype)
}

fn is_container(mimetype: &str) -> bool {
    matches!(
        mimetype,
        "application/zip"
            | "application/x-ole-storage"
            // Every old Office file looks like this from outside.
            | "application/msword"
            | "application/gzip"
            | "text/xml"
            | "text/html"
            | "application/ogg"
            | "video/x-matroska"
            | "text/x-shellscript"
    )
}

/// An Ogg page whose first packet is an Opus header.
fn is_opus(content: &[u8]) -> bool {
    content.starts_with(b"OggS") && content.get(28..36) == Some(b"OpusHead")
}

fn is_text(content: &[u8]) -> bool {
    let text = match std::str::from_utf8(content) {
        Ok(text) => text,
        // A beginning may end in the middle of a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&content[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.chars().any(|c| c.is_control() && !c.is_whitespace())
}

#[cfg(all(test, feature = "attach"))]
mod tests {
    use super::*;

    fn check(name: &str, content: &[u8], mimetype: &str, kind: &OutgoingType) {
        let found = mime_type(name, content);
        assert_eq!(found, mimetype, "{name}");
        assert_eq!(message_type(&found), *kind, "{name}");
    }

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
    const WEBP: &[u8] = b"RIFF\x24\0\0\0WEBPVP8 ";
    const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\x08\0abcdefghijklmnopqrst";
    const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0\0\0\0\0";

    fn ogg(codec: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0\x02".to_vec();
        page.resize(28, 0);
        page.extend_from_slice(codec);
        page
    }

    #[test]
    fn content_decides_over_a_wrong_name() {
        check("photo.jpg", PNG, "image/png", &OutgoingType::Image);
        check("photo", JPEG, "image/jpeg", &OutgoingType::Image);
        check("стикер.webp", WEBP, "image/webp", &OutgoingType::Sticker);
        check("contract.docx", b"%PDF-1.7", "application/pdf", &OutgoingType::Document);
    }

    #[test]
    fn the_name_decides_inside_containers() {
        let office = "application/vnd.openxmlformats-officedocument";
        check("книга.xlsx", ZIP, &format!("{office}.spreadsheetml.sheet"), &OutgoingType::Document);
        check("письмо.docx", ZIP, &format!("{office}.wordprocessingml.document"), &OutgoingType::Document);
        check("old.xls", OLE, "application/vnd.ms-excel", &OutgoingType::Document);
        check("archive.zip", ZIP, "application/zip", &OutgoingType::Document);
        check("unnamed", ZIP, "application/zip", &OutgoingType::Document);
    }

    #[test]
    fn the_usual_kinds_are_told_without_the_whole_list() {
        let wav = b"RIFF\x24\0\0\0WAVEfmt ";
        let mp4 = b"\0\0\0\x18ftypmp42\0\0\0\0";
        let m4a = b"\0\0\0\x18ftypM4A \0\0\0\0";
        let contents: [&[u8]; 13] =
            [PNG, JPEG, WEBP, ZIP, OLE, b"GIF89a", b"%PDF-1.7", b"ID3\x04", wav, mp4, m4a, b"", b"plain"];
        for content in contents.into_iter().chain([&*ogg(b"\x01vorbis")]) {
            let known = by_content(content).filter(|mimetype| *mimetype != "application/msword");
            assert_eq!(usual_by_content(content), known, "{content:?}");
        }
    }

    #[test]
    fn opus_is_voice_under_any_name() {
        check("голос.opus", &ogg(b"OpusHead"), "audio/ogg; codecs=opus", &OutgoingType::Voice);
        check("voice.ogg", &ogg(b"OpusHead"), "audio/ogg; codecs=opus", &OutgoingType::Voice);
        check("music.ogg", &ogg(b"\x01vorbis"), "audio/ogg", &OutgoingType::Voice);
    }

    #[test]
    fn text_and_nothing_known() {
        check("данные.csv", "дата;сумма\n".as_bytes(), "text/csv", &OutgoingType::Document);
        check("README", b"plain words\n", "text/plain", &OutgoingType::Document);
        check("cut", &"слово".as_bytes()[..3], "text/plain", &OutgoingType::Document);
        check("blob", &[0, 1, 2, 3], "application/octet-stream", &OutgoingType::Document);
        check("clip.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0", "video/mp4", &OutgoingType::Document);
    }

    #[test]
    fn bad_files_are_refused() {
        assert_eq!(attach("a.txt", b"").unwrap_err().to_string(), "file: it is empty");
        assert_eq!(attach("dir/", b"x").unwrap_err().to_string(), "file: it has no name");
        let file = attach("C:\\Users\\me\\имя файла.txt", b"x").unwrap();
        assert_eq!(file.filename, "имя файла.txt");
    }
}
