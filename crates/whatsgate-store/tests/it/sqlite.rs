//! What only a file meets.
