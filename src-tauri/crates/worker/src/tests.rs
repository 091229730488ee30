use super::*;
use proptest::prelude::*;
use retort_domain::protocol::{Purpose, TrialRequest};
use retort_domain::{EpochRecord, Metric, MetricSet, Platform, RunId, TrainingConfig};

fn paths() -> impl Strategy<Value = std::path::PathBuf> {
    ".{0,40}".prop_map(std::path::PathBuf::from)
}

fn finite() -> impl Strategy<Value = f64> {
    prop::num::f64::NORMAL | prop::num::f64::ZERO
}

fn requests() -> impl Strategy<Value = Request> {
    let trial =
        ("[a-z0-9-]{1,20}", finite(), any::<u32>(), paths()).prop_map(|(id, rate, seed, artifact_dir)| {
            let config = TrainingConfig { learning_rate: rate, seed, ..Default::default() };
            TrialRequest {
                run_id: RunId(id),
                config,
                artifact_dir,
                continue_from: None,
                pause_after: None,
                distillation: None,
            }
        });
    let group = (paths(), prop::collection::vec(trial, 1..3), paths(), finite()).prop_map(
        |(prepared, trials, checkpoint, checkpoint_every_secs)| {
            Request::Train(GroupRequest {
                prepared,
                trials,
                checkpoint,
                checkpoint_every_secs,
                purpose: Purpose::Runs,
                teacher: None,
            })
        },
    );
    let predict = (paths(), paths(), paths()).prop_map(|(artifact_dir, input, output)| Request::Predict {
        artifact_dir,
        input,
        output,
    });
    prop_oneof![Just(Request::SelfTest), Just(Request::Cancel), Just(Request::Shutdown), group, predict]
}

fn frames() -> impl Strategy<Value = Frame> {
    let epoch = ("[a-z0-9-]{1,20}", any::<u32>(), finite(), prop::option::of(finite())).prop_map(
        |(id, epoch, train_loss, validation_loss)| Frame::Epoch {
            run_id: RunId(id),
            record: EpochRecord {
                epoch,
                learning_rate: train_loss,
                train_loss,
                validation_loss,
                train_metrics: MetricSet::from([(Metric::RocAuc, train_loss)]),
                validation_metrics: MetricSet::new(),
                train_seconds: train_loss,
            },
        },
    );
    prop_oneof![
        epoch,
        ".*".prop_map(|message| Frame::Failed { message }),
        any::<bool>().prop_map(|cancelled| Frame::GroupDone { cancelled }),
        any::<u32>().prop_map(|epoch| Frame::Checkpointed { epoch }),
        ".*".prop_map(|version| Frame::Ready { protocol: 1, platform: Platform::Pytorch, version }),
    ]
}

proptest! {
    #[test]
    fn a_request_survives_its_line(request in requests()) {
        let line = serde_json::to_string(&request).unwrap();
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(serde_json::from_str::<Request>(&line).unwrap(), request);
    }

    #[test]
    fn a_frame_survives_its_line(frame in frames()) {
        let line = serde_json::to_string(&frame).unwrap();
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(serde_json::from_str::<Frame>(&line).unwrap(), frame);
    }
}

#[test]
fn a_late_cancel_leaves_the_next_group_alone() {
    let cancelled = Cancelled::default();
    assert!(!cancelled.covers(1));
    cancelled.cancel_up_to(1);
    assert!(cancelled.covers(1) && !cancelled.covers(2));
}

#[test]
fn a_framework_s_message_becomes_one_line() {
    assert_eq!(one_line("\n  mat1 and mat2 do not fit\nException raised from\n"), "mat1 and mat2 do not fit");
    assert_eq!(one_line(""), "no message");
}
