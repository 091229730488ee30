//! A file's bytes: in memory, or, of a large file, in a copy of it.

use crate::{
    cells::exact_at,
    container::{Content, Packed, content, unpacked},
    copied::{self, Copied, CopiedText},
    error::{DatasetError, file_name},
    mapped::MappedFile,
    watch::Watch,
};
use memmap2::MmapMut;
use rayon::prelude::*;
use retort_domain::Packing;
use std::{
    borrow::Cow,
    fs::{self, File},
    io::{ErrorKind, Read, Seek},
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

/// Largest file that is read from memory, bytes.
const MAX_HELD_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes by which a packed file is told.
const PACKED_BYTES: u64 = 8;
/// Bytes of a file that one thread reads at a time.
const PART_BYTES: usize = 4 * 1024 * 1024;

/// Sizes at which a file is read in another way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Larger files are copied, bytes.
    pub copied: u64,
    /// Larger packed files are copied, bytes: they may be many times as large.
    pub copied_packed: u64,
    /// Columns that take more memory are read some at a time, bytes.
    pub held: usize,
    /// Memory that columns take which are read together then, bytes.
    pub portion: usize,
}

impl Bounds {
    pub const USUAL: Self =
        Self { copied: 512 << 20, copied_packed: 8 << 20, held: 768 << 20, portion: 240 << 20 };
    /// Whatever its size, the file is read into memory, if it is read at all.
    pub const NONE_COPIED: Self = Self { copied: u64::MAX, copied_packed: u64::MAX, ..Self::USUAL };
}

/// A file to import.
pub(super) struct Opened {
    bytes: Bytes,
    /// Where work may be kept.
    folder: PathBuf,
    /// How it is packed.
    pub packing: Option<Packing>,
    pub content: Content,
    /// As it is, packed.
    pub source_bytes: u64,
}

enum Bytes {
    Held(MmapMut),
    Unpacked {
        packed: MmapMut,
        bytes: Vec<u8>,
    },
    Copied(Box<Copied>),
    /// The file's first ones.
    Start(Vec<u8>),
}

impl Opened {
    /// Reads a file, or copies it into `folder`.
    pub fn read(path: &Path, folder: &Path, bounds: Bounds, watch: Watch<'_>) -> Result<Self, DatasetError> {
        let file = file_name(path);
        let folder = folder.to_owned();
        let (mut opened, source_bytes) = open(path, &file)?;
        let unreadable = |source| DatasetError::FileUnreadable { file: file.clone(), source };
        if source_bytes == 0 {
            return Err(DatasetError::Empty { file });
        }
        let mut start = Vec::new();
        (&opened).take(PACKED_BYTES).read_to_end(&mut start).map_err(unreadable)?;
        opened.rewind().map_err(unreadable)?;
        let packed = Packed::sniff(&start);
        if source_bytes > packed.map_or(bounds.copied, |_| bounds.copied_packed) {
            let copied = copied::copy(opened, source_bytes, packed, &file, &folder, watch)?;
            let (packing, content) = (copied.packing, copied.content);
            return Ok(Self {
                bytes: Bytes::Copied(Box::new(copied)),
                folder,
                packing,
                content,
                source_bytes,
            });
        }
        let held = all_bytes(&opened, source_bytes, &file, watch)?;
        let source_bytes = held.len() as u64;
        let (bytes, packing) = match unpacked(&held, &file)? {
            (Cow::Owned(bytes), packing) => (Bytes::Unpacked { packed: held, bytes }, packing),
            (Cow::Borrowed(_), packing) => (Bytes::Held(held), packing),
        };
        let content = content(bytes.all());
        Ok(Self { bytes, folder, packing, content, source_bytes })
    }

    /// The first bytes of a text.
    pub fn start(bytes: Vec<u8>) -> Self {
        let source_bytes = bytes.len() as u64;
        let (packing, content) = (None, Content::Text);
        Self { bytes: Bytes::Start(bytes), folder: PathBuf::new(), packing, content, source_bytes }
    }

    /// The bytes, unpacked.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.all()
    }

    /// The bytes, to be read in a way for which they must fit into memory.
    pub fn held(&self, file: &str) -> Result<&[u8], DatasetError> {
        let bytes = self.bytes();
        if bytes.len() as u64 > MAX_HELD_BYTES {
            return Err(too_large(file, bytes.len() as u64));
        }
        Ok(bytes)
    }

    /// The copy, if there is one.
    pub fn copy(&self) -> Option<&MappedFile> {
        match &self.bytes {
            Bytes::Copied(copied) => Some(&copied.file),
            Bytes::Held(_) | Bytes::Unpacked { .. } | Bytes::Start(_) => None,
        }
    }

    /// The text of the copy, if there is one.
    pub fn copied_text(
        &self,
        label: Option<&str>,
        file: &str,
        watch: Watch<'_>,
    ) -> Result<Option<CopiedText<'_>>, DatasetError> {
        match &self.bytes {
            Bytes::Copied(copied) => Ok(Some(copied.text(label, file, &self.folder, watch)?)),
            Bytes::Held(_) | Bytes::Unpacked { .. } | Bytes::Start(_) => Ok(None),
        }
    }

    /// Hash of the file as it is.
    pub fn hasher(&self) -> blake3::Hasher {
        let bytes = match &self.bytes {
            Bytes::Copied(copied) => return copied.hasher.clone(),
            Bytes::Held(bytes) => &bytes[..],
            Bytes::Unpacked { packed, .. } => &packed[..],
            Bytes::Start(bytes) => bytes,
        };
        blake3::Hasher::new().update(bytes).clone()
    }
}

impl Bytes {
    fn all(&self) -> &[u8] {
        match self {
            Self::Held(bytes) => bytes,
            Self::Unpacked { bytes, .. } | Self::Start(bytes) => bytes,
            Self::Copied(copied) => copied.file.bytes(),
        }
    }
}

/// All bytes of a file.
pub(super) fn read_bytes(path: &Path, file: &str, watch: Watch<'_>) -> Result<MmapMut, DatasetError> {
    let (opened, bytes) = open(path, file)?;
    if bytes == 0 {
        return Err(DatasetError::Empty { file: file.to_owned() });
    }
    all_bytes(&opened, bytes, file, watch)
}

/// All bytes, so many, of an opened file.
fn all_bytes(opened: &File, bytes: u64, file: &str, watch: Watch<'_>) -> Result<MmapMut, DatasetError> {
    let unreadable = |source| DatasetError::FileUnreadable { file: file.to_owned(), source };
    if bytes > MAX_HELD_BYTES {
        return Err(too_large(file, bytes));
    }
    let length = bytes as usize;
    let mut bytes = MmapMut::map_anon(length).map_err(unreadable)?;
    // It is only slower where the system has no large pages.
    #[cfg(target_os = "linux")]
    let _ = bytes.advise(memmap2::Advice::HugePage);
    let n_read = AtomicUsize::new(0);
    bytes.par_chunks_mut(PART_BYTES).enumerate().try_for_each(|(i, part)| {
        exact_at(opened, part, (i * PART_BYTES) as u64).map_err(unreadable)?;
        watch.tell(n_read.fetch_add(part.len(), Ordering::Relaxed), length)
    })?;
    Ok(bytes)
}

fn too_large(file: &str, bytes: u64) -> DatasetError {
    DatasetError::FileTooLarge { file: file.to_owned(), bytes, limit: MAX_HELD_BYTES }
}

/// Opens a file, and says how many bytes it has.
pub(super) fn open(path: &Path, file: &str) -> Result<(File, u64), DatasetError> {
    let file = file.to_owned();
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == ErrorKind::NotFound => return Err(DatasetError::FileNotFound { file }),
        Err(source) => return Err(DatasetError::FileUnreadable { file, source }),
    };
    if metadata.is_dir() {
        return Err(DatasetError::IsFolder { file });
    }
    if !metadata.is_file() {
        // A pipe or a device might never end.
        return Err(DatasetError::Binary { file });
    }
    let opened = File::open(path).map_err(|source| DatasetError::FileUnreadable { file, source })?;
    Ok((opened, metadata.len()))
}
