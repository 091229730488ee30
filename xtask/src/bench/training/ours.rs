//! Our side: a worker, asked as the engine asks it.

use super::{Network, Timing};
use crate::layout::{Layout, binary, library_path_variable, with_existing};
use anyhow::{Context, Result, bail};
use retort_domain::protocol::{Frame, GroupRequest, Purpose, Request, TrialRequest};
use retort_domain::{Metric, Platform, RunId, TrainingConfig};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Trains the network once in a fresh worker.
pub fn train(layout: &Layout, platform: Platform, network: &Network, prepared: &Path) -> Result<Timing> {
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let artifact_dir = folder.path().join("artifacts");
    std::fs::create_dir(&artifact_dir)?;
    let request = Request::Train(GroupRequest {
        prepared: prepared.to_owned(),
        trials: vec![TrialRequest {
            run_id: RunId::from("bench"),
            config: TrainingConfig {
                hidden_layers: network.hidden.to_vec(),
                batch_size: network.batch_size,
                epochs: network.epochs,
                validation_fraction: 0.0,
                seed: 1,
                ..TrainingConfig::default()
            },
            artifact_dir,
            continue_from: None,
            pause_after: None,
            distillation: None,
        }],
        teacher: None,
        checkpoint: folder.path().join("checkpoint"),
        // Never, within such a run.
        checkpoint_every_secs: 3600.0,
        purpose: Purpose::Runs,
    });

    let libraries = layout.pack_libraries(platform);
    let mut worker = Command::new(binary(&layout.target()?.join("release"), platform.worker_binary()))
        .env(library_path_variable(), with_existing(&[libraries], library_path_variable())?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start the worker")?;
    // A closed stdin ends the worker, so both ends stay open until it is done.
    let mut requests = worker.stdin.take().context("the worker has no stdin")?;
    let frames = BufReader::new(worker.stdout.take().context("the worker has no stdout")?);
    writeln!(requests, "{}", serde_json::to_string(&request)?)?;
    let timing = follow(frames);
    drop(requests);
    worker.wait().context("the worker did not end")?;
    timing
}

fn follow(frames: impl BufRead) -> Result<Timing> {
    let mut timing = Timing {
        epoch_seconds: Vec::new(),
        epoch_wall_seconds: Vec::new(),
        final_loss: f64::NAN,
        version: String::new(),
    };
    let mut so_far = 0.0;
    let mut last_told = Instant::now();
    for line in frames.lines() {
        let line = line.context("cannot read from the worker")?;
        let frame =
            serde_json::from_str(&line).with_context(|| format!("the worker said something else: {line}"))?;
        match frame {
            Frame::Ready { version, .. } => timing.version = version,
            Frame::Epoch { record, .. } => {
                timing.epoch_seconds.push(record.train_seconds - so_far);
                so_far = record.train_seconds;
                timing.epoch_wall_seconds.push(last_told.elapsed().as_secs_f64());
                last_told = Instant::now();
                // After the epoch, as the peers report it; `train_loss` is the
                // mean while the weights still moved.
                if let Some(&loss) = record.train_metrics.get(&Metric::LogLoss) {
                    timing.final_loss = loss;
                }
            }
            Frame::GroupDone { .. } => return Ok(timing),
            Frame::Failed { message } | Frame::Diverged { message, .. } => bail!("{message}"),
            Frame::TimedOut { .. } => bail!("the worker ran into a time limit that nobody set"),
            Frame::SelfTestPassed { .. }
            | Frame::Measured { .. }
            | Frame::Checkpointed { .. }
            | Frame::Finished { .. }
            | Frame::Epochs { .. }
            | Frame::TrialEnded { .. }
            | Frame::TrialPaused { .. }
            | Frame::StateLost { .. }
            | Frame::Predicted { .. } => {}
        }
    }
    bail!("the worker ended in the middle of the training")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_timed_by_what_each_adds() {
        let epoch = |n: u32, seconds: f64| {
            format!(
                r#"{{"frame":"epoch","run_id":"bench","record":{{"epoch":{n},"learning_rate":0.001,"train_loss":0.5,"validation_loss":null,"train_metrics":{{}},"validation_metrics":{{}},"train_seconds":{seconds}}}}}"#
            )
        };
        let lines = [
            r#"{"frame":"ready","protocol":1,"platform":"pytorch","version":"2.13.0"}"#.to_owned(),
            epoch(1, 2.0),
            epoch(2, 2.5),
            r#"{"frame":"group_done","cancelled":false}"#.to_owned(),
        ];
        let timing = follow(lines.join("\n").as_bytes()).expect("a whole training");
        assert_eq!(timing.epoch_seconds, [2.0, 0.5]);
        assert_eq!(timing.version, "2.13.0");
        assert!(follow(lines[..3].join("\n").as_bytes()).is_err(), "a worker that dies is no result");
    }
}
