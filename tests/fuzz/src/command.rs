//! What the readers of the command use of the rest of it, as far as they do.

/// Why a command fails.
pub mod command_error {
    use std::fmt::Display;

    /// The words of it.
    #[derive(Debug)]
    pub struct CommandError(pub String);

    impl CommandError {
        /// A mistake of the caller's.
        pub fn usage(text: impl Into<String>) -> Self {
            Self(text.into())
        }

        /// A store that does not open.
        pub fn of_store(store: impl Display, error: impl Display) -> Self {
            Self(format!("{store}: {error}"))
        }
    }

    impl<E: Display> From<E> for CommandError {
        fn from(error: E) -> Self {
            Self(error.to_string())
        }
    }
}

/// Where a command says something.
pub mod output {
    /// Nowhere.
    pub struct Output;

    impl Output {
        /// Says something.
        pub fn note(&self, text: &str) {
            crate::calm::calm(text);
        }
    }
}
