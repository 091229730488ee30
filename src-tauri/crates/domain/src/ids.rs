//! Identifiers. Dataset ids are content hashes; job and run ids are UUIDv7, so
//! that sorting by id is sorting by time.

use serde::{Deserialize, Serialize};
use specta::Type;
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Type)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The text of the id, as stored and as shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// True when the text can stand as a file name: 1 to 64 characters
            /// of `[a-z0-9-]`. Every id that comes from outside is asked this
            /// before it touches a path or the store.
            pub fn is_well_formed(&self) -> bool {
                (1..=64).contains(&self.0.len())
                    && self.0.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

id!(
    /// Hash of a source file's bytes and of the sheet that was read.
    DatasetId
);
id!(
    /// One thing a person asked for: a training, a sweep, a distillation.
    JobId
);
id!(
    /// One network trained on one platform.
    RunId
);

id!(
    /// A piece of work on a table, named by whoever asks for it, so that it can
    /// be watched and stopped.
    WorkId
);

impl JobId {
    /// A fresh id, later in order than every earlier one of this process.
    pub fn fresh() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }
}

impl RunId {
    /// A fresh id, later in order than every earlier one of this process.
    pub fn fresh() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }
}
