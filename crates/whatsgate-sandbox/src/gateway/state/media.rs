//! Files of messages, within a bound of memory.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use whatsgate_model::Media;

use super::keys::SessionKey;

/// A file that a message holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) mimetype: String,
    pub(crate) filename: Option<String>,
    /// Base64 text, checked.
    pub(crate) data: Box<str>,
}

impl File {
    pub(crate) fn to_json(&self) -> Value {
        json!({ "mimetype": self.mimetype, "filename": self.filename, "data": &*self.data })
    }

    /// The type of a reported message, when the file alone decides it.
    pub(crate) fn message_type(&self) -> &'static str {
        match self.mimetype.split('/').next() {
            Some("image") => "image",
            Some("video") => "video",
            Some("audio") => "audio",
            _ => "document",
        }
    }
}

impl From<Media> for File {
    fn from(media: Media) -> Self {
        Self {
            mimetype: media
                .mimetype
                .map_or_else(|| "application/octet-stream".to_owned(), |mime| mime.as_str().to_owned()),
            filename: media.filename,
            data: media.data.as_str().into(),
        }
    }
}

/// The files of all sessions by media key; the oldest go when there are too many bytes.
#[derive(Debug, Default)]
pub(crate) struct MediaStore {
    files: BTreeMap<String, (SessionKey, File)>,
    order: VecDeque<String>,
    bytes: usize,
}

impl MediaStore {
    pub(crate) fn insert(&mut self, session: &SessionKey, key: String, file: File, limit: usize) {
        self.push(key, session.clone(), file);
        while self.bytes > limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.remove(&oldest);
        }
    }

    pub(crate) fn get(&self, session: &str, key: &str) -> Option<&File> {
        self.files.get(key).filter(|(of, _)| **of == *session).map(|(_, file)| file)
    }

    pub(crate) fn drop_session(&mut self, session: &str) {
        let files = &self.files;
        let (gone, kept): (VecDeque<_>, VecDeque<_>) =
            self.order.drain(..).partition(|key| files.get(key).is_none_or(|(of, _)| **of == *session));
        self.order = kept;
        for key in gone {
            self.remove(&key);
        }
    }

    fn push(&mut self, key: String, session: SessionKey, file: File) {
        self.bytes += file.data.len();
        self.order.push_back(key.clone());
        self.files.insert(key, (session, file));
    }

    fn remove(&mut self, key: &str) {
        if let Some((_, file)) = self.files.remove(key) {
            self.bytes -= file.data.len();
        }
    }
}

/// A list of key, session and file, oldest first.
impl Serialize for MediaStore {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let files = self.order.iter().filter_map(|key| Some((key, self.files.get(key)?)));
        serializer.collect_seq(files.map(|(key, (session, file))| (key, session, file)))
    }
}

impl<'de> Deserialize<'de> for MediaStore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut store = Self::default();
        for (key, session, file) in Vec::deserialize(deserializer)? {
            store.push(key, session, file);
        }
        Ok(store)
    }
}
