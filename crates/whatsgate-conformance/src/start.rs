//! Why a program does not start, and what helps.

use std::io;
use std::path::Path;

/// What the system says, in words that lead on.
pub(crate) fn not_started(program: &Path, error: &io::Error) -> String {
    let shown = program.display();
    let is_path =
        program.components().count() > 1 || program.is_absolute() || shown.to_string().contains('/');
    match error.kind() {
        io::ErrorKind::NotFound if shown.to_string().contains(' ') && !program.exists() => format!(
            "there is no program {shown}: the name is taken with its spaces, arguments are given apart from it"
        ),
        io::ErrorKind::NotFound if is_path && program.exists() => {
            format!("{shown} is there, but not the program that its first line names to run it")
        }
        io::ErrorKind::NotFound if is_path => {
            let folder = std::env::current_dir().ok().filter(|_| program.is_relative());
            let from = folder.map(|folder| format!(" as seen from {}", folder.display())).unwrap_or_default();
            format!("there is no file {shown}{from}")
        }
        io::ErrorKind::NotFound if program.exists() => {
            format!("there is no program {shown} on the PATH: for the file of that name write ./{shown}")
        }
        io::ErrorKind::NotFound => format!("there is no program {shown} on the PATH"),
        io::ErrorKind::PermissionDenied if program.is_dir() => format!("{shown} is a folder"),
        io::ErrorKind::PermissionDenied => format!(
            "{shown} may not be run: make it executable (chmod +x), or run what reads it, such as node or python3, with the \
             file as its argument"
        ),
        _ if error.raw_os_error() == Some(NO_PROGRAM) => format!(
            "{shown} is no program that this system runs: a script needs a first line such as #!/usr/bin/env python3, or what \
             reads it is run with the file as its argument"
        ),
        _ => error.to_string(),
    }
}

/// `ENOEXEC` on Unix, `ERROR_BAD_EXE_FORMAT` on Windows.
const NO_PROGRAM: i32 = if cfg!(windows) { 193 } else { 8 };

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::process::Command;

    use super::not_started;

    fn told(program: &Path) -> String {
        not_started(program, &Command::new(program).spawn().expect_err("it does not start"))
    }

    #[test]
    fn what_helps_is_told() {
        assert_eq!(told(Path::new("/nowhere/a")), "there is no file /nowhere/a");
        assert!(told(Path::new("./nowhere/a")).starts_with("there is no file ./nowhere/a as seen from /"));
        assert_eq!(told(Path::new("no-such-program")), "there is no program no-such-program on the PATH");
        // Tests run in the folder of the crate.
        assert!(told(Path::new("Cargo.toml")).ends_with("for the file of that name write ./Cargo.toml"));
        assert!(told(Path::new("node adapter.mjs")).contains("arguments are given apart"));
        assert!(
            told(Path::new("./Cargo.toml")).starts_with("./Cargo.toml may not be run: make it executable")
        );
        assert_eq!(told(Path::new("./src")), "./src is a folder");
        let folder = std::env::temp_dir().join(format!("conformance-start-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("there is a folder for what passes");
        let script = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).expect("it can be written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
            told(&path)
        };
        let bare = script("bare", "not a program");
        let lost = script("lost", "#!/nowhere/python3\n");
        fs::remove_dir_all(&folder).expect("it is ours");
        assert!(bare.contains("is no program that this system runs: a script needs a first line"), "{bare}");
        assert!(
            lost.ends_with("is there, but not the program that its first line names to run it"),
            "{lost}"
        );
    }
}
