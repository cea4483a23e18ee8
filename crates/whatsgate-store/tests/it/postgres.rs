//! What only a database meets.
