//! Work on tables: a bar on stderr where it takes more than a second, and an
//! orderly end where a person presses Ctrl-C.

use crate::train::asked_to_end;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use retort_domain::{AppError, WorkId};
use retort_engine::Engine;
use std::future::Future;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// Work that is done sooner needs no bar.
const BAR_AFTER: Duration = Duration::from_secs(1);
const STEPS: f64 = 1000.0;

/// Does work under a name, which it is to give to the engine.
pub async fn watched<T, F>(
    engine: &Engine,
    what: &'static str,
    work: impl FnOnce(WorkId) -> F,
) -> Result<T, AppError>
where
    F: Future<Output = Result<T, AppError>>,
{
    let name = WorkId::from("command");
    let mut progress = engine.subscribe_work();
    let bar = ProgressBar::with_draw_target(Some(STEPS as u64), ProgressDrawTarget::hidden())
        .with_style(
            ProgressStyle::with_template("{prefix:10} {bar:24} {percent:>3} % {eta:>4}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        )
        .with_prefix(what);
    let work = work(name.clone());
    let show = async {
        tokio::time::sleep(BAR_AFTER).await;
        bar.set_draw_target(ProgressDrawTarget::stderr());
        loop {
            match progress.recv().await {
                Ok(told) => bar.set_position((told.share * STEPS) as u64),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => std::future::pending::<()>().await,
            }
        }
    };
    let stop = async {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = asked_to_end() => {}
        }
        engine.work_cancel(&name);
        std::future::pending::<()>().await;
    };
    let done = tokio::select! {
        done = work => done,
        () = show => unreachable!("neither ends"),
        () = stop => unreachable!("neither ends"),
    };
    bar.finish_and_clear();
    done
}
