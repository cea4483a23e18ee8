//! Files that can and cannot be attached.

use whatsgate_native::model::OutgoingType;
use whatsgate_native::{FileError, attach_file};

#[tokio::test]
async fn a_file_is_read_and_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("фото отпуска.png");
    std::fs::write(&path, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    let file = attach_file(&path).await.unwrap();
    assert_eq!((file.kind, file.filename.as_str()), (OutgoingType::Image, "фото отпуска.png"));
    assert_eq!(file.mimetype, "image/png");
}

#[tokio::test]
async fn each_bad_file_has_its_own_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = attach_file(folder.path().join("missing.txt")).await.unwrap_err();
    assert!(matches!(missing, FileError::Read { .. }));
    assert!(missing.to_string().ends_with("missing.txt: the file cannot be read"));
    let directory = attach_file(folder.path()).await.unwrap_err();
    assert!(matches!(directory, FileError::NotAFile { .. }));
    let path = folder.path().join("empty.txt");
    std::fs::write(&path, b"").unwrap();
    let empty = attach_file(&path).await.unwrap_err();
    assert!(empty.to_string().ends_with("empty.txt: file: it is empty"));
}
