//! Work that would hold up the runtime's threads.

use retort_domain::{AppError, ErrorCode};

/// Runs `work` on a thread where it may block. A panic in it becomes an error.
pub(crate) async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, AppError>
where
    T: Send + 'static,
    E: Into<AppError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Into::into),
        Err(error) => {
            tracing::error!(%error, "work on a file broke down");
            Err(AppError::new(ErrorCode::Internal, "work on a file broke down")
                .with_hint("Report it with the log"))
        }
    }
}
