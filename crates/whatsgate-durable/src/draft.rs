//! Drafts as they are stored, and what they say.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use whatsgate_model::{
    Command, MessageId, MimeType, OutgoingMessage, OutgoingType, Recipient, SendRequest, SessionId, from_json,
};
use whatsgate_native::files::Upload;
use whatsgate_store::durable::outbox::evidence::Content;
use whatsgate_store::durable::outbox::{Draft, chat_of};
use whatsgate_store::outbox::Reading;

/// What a message of a wrong shape should have looked like.
const NO_MESSAGE: &str =
    r#"the message is not the member `message` of a `send`, which looks like {"type":"text","body":"Hello"}"#;
/// Likewise, where a file lies elsewhere.
const NO_CAPTION: &str =
    r#"the message is not the caption of its file, which looks like {"body":"The report"}, or is left out"#;
/// The longest names of sessions and chats.
const LONGEST: usize = 255;

/// What a draft says, ready to be sent.
pub(crate) struct Ready {
    pub(crate) session: SessionId,
    pub(crate) recipient: Recipient,
    pub(crate) what: What,
}

pub(crate) enum What {
    Message(OutgoingMessage),
    File(Box<Upload>),
}

/// The message of a draft whose file lies elsewhere: a `send`'s `message`, without the file and perhaps without more.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Around {
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<OutgoingType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quote: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) media: Option<AroundMedia>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct AroundMedia {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mimetype: Option<MimeType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) filename: Option<String>,
}

/// Reads a draft, and its file to the end. What is wrong with it is said in words that repeat nothing of it.
pub(crate) async fn read(draft: &Draft) -> Result<(Reading, Ready), String> {
    let session = SessionId::new(&draft.session).map_err(|error| error.to_string())?;
    let recipient: Recipient = draft.recipient.parse().map_err(|error| format!("{error}"))?;
    let chat = chat_of(&recipient).as_str().to_owned();
    if session.as_str().len() > LONGEST || chat.len() > LONGEST {
        return Err("the session or the recipient is too long".to_owned());
    }
    if draft.message.is_empty() && draft.file.is_none() {
        return Err(
            "there is neither a message nor a file; what was sent is kept for a limited time".to_owned()
        );
    }
    let (content, what, seal) = match &draft.file {
        None => {
            let message: OutgoingMessage = from_json(&draft.message).map_err(|_| NO_MESSAGE.to_owned())?;
            let content = Content::of(&message);
            let request = SendRequest::new(session.clone(), recipient.clone(), message);
            request.check().map_err(|error| error.to_string())?;
            let json = serde_json::to_string(&request.message).expect("it was read from JSON");
            (content, What::Message(request.message), json)
        }
        Some(file) => {
            let around = if draft.message.is_empty() { "{}" } else { &draft.message };
            let around: Around = from_json(around).map_err(|_| NO_CAPTION.to_owned())?;
            let path = PathBuf::from(file);
            let sum = checksum(&path).await?;
            let name = around.media.as_ref().and_then(|media| media.filename.clone());
            let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = name.unwrap_or(own);
            let content = Content::new(around.body.as_deref().unwrap_or_default(), Some(&name));
            let json = serde_json::to_string(&around).expect("it was read from JSON");
            (content, What::File(Box::new(upload(path, name, around))), format!("{json} {sum}"))
        }
    };
    let mut hash = Sha256::new();
    for part in [session.as_str(), &chat, &seal] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let reading = Reading { chat, fingerprint: HEXLOWER.encode(&hash.finalize()), content };
    Ok((reading, Ready { session, recipient, what }))
}

fn upload(path: PathBuf, name: String, around: Around) -> Upload {
    let mut upload = Upload::from_path(path).with_filename(name);
    if let Some(kind) = around.kind.filter(|kind| *kind != OutgoingType::Text) {
        upload = upload.with_type(kind);
    }
    if let Some(body) = around.body {
        upload = upload.with_caption(body);
    }
    if let Some(quote) = around.quote {
        upload = upload.with_quote(quote);
    }
    match around.media.and_then(|media| media.mimetype) {
        Some(mimetype) => upload.with_mimetype(mimetype),
        None => upload,
    }
}

/// The checksum of a file's bytes.
async fn checksum(path: &Path) -> Result<String, String> {
    let path = path.to_owned();
    let hash = move || {
        // Before it is opened: opening a pipe waits for whoever writes into it.
        if !std::fs::metadata(&path)?.is_file() {
            return Err(std::io::Error::other("it is not a file"));
        }
        let mut file = std::fs::File::open(&path)?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; 64 << 10];
        let mut size = 0;
        loop {
            let read = std::io::Read::read(&mut file, &mut piece)?;
            if read == 0 {
                break;
            }
            size += read;
            hash.update(&piece[..read]);
        }
        if size == 0 {
            return Err(std::io::Error::other("it is empty"));
        }
        Ok(HEXLOWER.encode(&hash.finalize()))
    };
    let read =
        tokio::task::spawn_blocking(hash).await.map_err(|_| "reading the file broke off".to_owned())?;
    read.map_err(|error| format!("the file cannot be read: {error}"))
}
