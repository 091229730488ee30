//! Opening: is the file SQLite's, whole, and of a schema that is known here?

use crate::{Store, StoreError};
use sqlx::Connection;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

static MIGRATOR: Migrator = sqlx::migrate!();

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
const MAX_CONNECTIONS: u32 = 4;
/// Larger files are not checked page by page: opening has to be quick.
const MAX_CHECKED_BYTES: u64 = 16 << 20;

impl Store {
    /// Opens the store, or makes it. `owner` names this process among those
    /// that share the file. A file that is damaged or newer is left as it is.
    pub async fn open(path: &Path, owner: &str) -> Result<Store, StoreError> {
        let failed = |source| StoreError::Open { path: path.into(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let n_bytes = check_header(path)?;
        // Two processes that open a new store at once would both migrate it.
        let _one_at_a_time = OpeningLock::take(path).await.map_err(failed)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A power cut may cost the last moments, which are trained again; a
            // killed process costs nothing.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(BUSY_TIMEOUT)
            // On a full disk SQLite takes a transaction back by itself; sqlx then
            // counts it as open for ever, and begins no other on the connection.
            .after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options)
            .await
            .map_err(|e| StoreError::of(e, path))?;
        let store = Store { pool, path: path.into(), owner: owner.to_owned() };
        match store.check_and_migrate(n_bytes).await {
            Ok(()) => Ok(store),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    async fn check_and_migrate(&self, n_bytes: u64) -> Result<(), StoreError> {
        if (1..=MAX_CHECKED_BYTES).contains(&n_bytes) {
            let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
                .fetch_one(&self.pool)
                .await
                .map_err(|e| self.failed(e))?;
            if found != "ok" {
                return Err(StoreError::Corrupt { path: self.path.clone(), reason: found });
            }
        }
        match MIGRATOR.run(&self.pool).await {
            Ok(()) => Ok(()),
            Err(MigrateError::VersionMissing(version)) => {
                Err(StoreError::Newer { path: self.path.clone(), version })
            }
            Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
                Err(self.failed(error))
            }
            Err(other) => Err(StoreError::Corrupt { path: self.path.clone(), reason: other.to_string() }),
        }
    }
}

/// Size of the file, 0 where there is none yet.
fn check_header(path: &Path) -> Result<u64, StoreError> {
    let failed = |source| StoreError::Open { path: path.into(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(0),
        Err(source) => return Err(failed(source)),
    };
    let n_bytes = file.metadata().map_err(failed)?.len();
    if n_bytes == 0 {
        return Ok(0);
    }
    let mut header = [0; MAGIC.len()];
    let is_sqlite = match file.read_exact(&mut header) {
        Ok(()) => &header == MAGIC,
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => false,
        Err(source) => return Err(failed(source)),
    };
    if is_sqlite {
        Ok(n_bytes)
    } else {
        Err(StoreError::Corrupt { path: path.into(), reason: "it is not a SQLite file".into() })
    }
}

/// Held while a store is opened; the file stays, empty.
struct OpeningLock {
    _file: File,
}

impl OpeningLock {
    async fn take(store: &Path) -> std::io::Result<Self> {
        let path: PathBuf = store.with_extension("lock");
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        // Waiting must not hold up whoever has it.
        let locked = tokio::task::spawn_blocking(move || match file.lock() {
            // Some network folders know no locks; opening is then as safe as
            // SQLite itself is there.
            Err(e) if e.kind() == ErrorKind::Unsupported => Ok(file),
            result => result.map(|()| file),
        });
        Ok(Self { _file: locked.await.map_err(std::io::Error::other)?? })
    }
}
