//! Losses of distillation that PyTorch's own functions computed, in f64: the
//! harness of both workers' tests.

use crate::backend::{Backend, NamedTensor, TrainRows, TrialSetup, TrialSteps};
use crate::soft_loss::{SoftBatch, loss_and_gradient};
use retort_domain::protocol::ModelSpec;
use retort_domain::{Activation, Distillation, DistillationLoss, Optimizer, Task};
use serde::Deserialize;
use std::path::Path;

/// Of a loss, and of a gradient relative to its largest value.
const TOLERANCE: f64 = 1e-6;
const CLOSED_FORM_TOLERANCE: f64 = 1e-12;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    loss: DistillationLoss,
    alpha: f64,
    temperature: f64,
    class_weights: Option<Vec<f64>>,
    outputs: Vec<Vec<f64>>,
    teacher: Vec<Vec<f64>>,
    y: Vec<Option<f64>>,
    value: f64,
    gradient: Vec<Vec<f64>>,
}

/// Loss and gradient of every case of `tests/distillation/losses.json`, by the
/// closed forms and by the backend, alone and beside a control.
///
/// # Panics
/// Where the file is missing, or a case deviates by more than 1e-6, relative.
pub fn run_soft_loss_cases(backend: &dyn Backend) {
    let checkout = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let path = Path::new(&checkout)
        .ancestors()
        .map(|folder| folder.join("tests/distillation/losses.json"))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("tests/distillation/losses.json is not in the checkout"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    let file: File = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    assert!(!file.cases.is_empty(), "no cases in {path:?}");
    for case in &file.cases {
        case.check(backend);
    }
}

impl Case {
    fn distillation(&self) -> Distillation {
        Distillation { loss: self.loss, alpha: self.alpha, temperature: self.temperature }
    }

    fn check(&self, backend: &dyn Backend) {
        let (outputs, teacher, gradient) =
            (self.outputs.concat(), self.teacher.concat(), self.gradient.concat());
        let y: Vec<f64> = self.y.iter().map(|y| y.unwrap_or(f64::NAN)).collect();
        let batch = SoftBatch {
            outputs: &outputs,
            teacher: &teacher,
            y: &y,
            n_outputs: self.outputs[0].len(),
            class_weights: self.class_weights.as_deref(),
        };
        let closed = loss_and_gradient(Some(&self.distillation()), batch);
        self.compare("closed form", &closed, &gradient, CLOSED_FORM_TOLERANCE);

        let name = backend.platform().key();
        let members = if self.y.iter().all(Option::is_some) { 2 } else { 1 };
        for n_members in 1..=members {
            let (value, of_backend) = self.on_backend(backend, n_members);
            self.compare(name, &(value, of_backend), &gradient, TOLERANCE);
        }
    }

    fn compare(&self, who: &str, (value, gradient): &(f64, Vec<f64>), want: &[f64], tolerance: f64) {
        let largest = want.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
        let off = gradient.iter().zip(want).fold(0.0_f64, |most, (got, want)| {
            // Written so that NaN is the worst.
            let off = (got - want).abs() / largest;
            if off <= most { most } else { off }
        });
        let value_off = (value - self.value).abs() / self.value.abs();
        println!(
            "{who:<12} {:?} T {}: value {value_off:.1e}, gradient {off:.1e}",
            self.loss, self.temperature
        );
        assert!(
            value_off <= tolerance && off <= tolerance,
            "{who}, {:?}, alpha {}, temperature {}: value off by {value_off:.1e}, gradient by {off:.1e}",
            self.loss,
            self.alpha,
            self.temperature
        );
    }

    /// A network without hidden layers that is fed row i as the i-th unit vector
    /// has the outputs for weights, and momentum keeps its gradient as it is. The
    /// second member, where there is one, is a control.
    fn on_backend(&self, backend: &dyn Backend, n_members: usize) -> (f64, Vec<f64>) {
        let (n_rows, n_outputs) = (self.outputs.len(), self.outputs[0].len());
        let task = if self.loss.is_for_classes() { Task::Classification } else { Task::Regression };
        let spec = ModelSpec {
            n_features: n_rows,
            hidden_layers: vec![],
            n_outputs,
            activation: Activation::Relu,
            batch_norm: false,
            task,
            optimizer: Optimizer::Sgd,
        };
        let weight: Vec<f32> =
            (0..n_outputs).flat_map(|k| self.outputs.iter().map(move |row| row[k] as f32)).collect();
        let tensor = |name: &str, shape: Vec<usize>, data| NamedTensor { name: name.into(), shape, data };
        let weights = vec![
            tensor("layers.0.weight", vec![n_outputs, n_rows], weight),
            tensor("layers.0.bias", vec![n_outputs], vec![0.0; n_outputs]),
        ];
        let class_weights = self.class_weights.as_ref().map(|w| w.iter().map(|&w| w as f32).collect());
        let distilled = TrialSetup {
            class_weights,
            momentum: 0.9,
            distillation: Some(self.distillation()),
            ..TrialSetup::for_weights(weights)
        };
        let control = TrialSetup { distillation: None, ..distilled.clone() };
        let setups = &[distilled, control][..n_members];

        let mut x = vec![0.0; n_rows * n_rows];
        x.iter_mut().step_by(n_rows + 1).for_each(|x| *x = 1.0);
        let y: Vec<f32> = self.y.iter().map(|y| y.map_or(f32::NAN, |y| y as f32)).collect();
        let teacher: Vec<f32> = self.teacher.concat().iter().map(|&t| t as f32).collect();
        let rows = TrainRows { x: &x, y: &y, n_rows, teacher: Some(&teacher) };
        let order: Vec<u32> = (0..n_rows as u32).collect();
        let steps = TrialSteps { rows: &order, batch_size: n_rows, learning_rates: &[0.1], first_step: 0 };
        let ran = backend.open(&spec, rows, setups).and_then(|mut group| {
            let losses = group.train_steps(&vec![steps; n_members])?;
            Ok((losses, group.optimizer_state(0)?))
        });
        let (losses, state) = ran.unwrap_or_else(|e| panic!("{:?}: {e}", self.loss));
        let of_weight = state
            .into_iter()
            .find(|tensor| tensor.name == "layers.0.weight.momentum_buffer")
            .unwrap_or_else(|| panic!("momentum keeps no state"));
        let by_row = (0..n_rows)
            .flat_map(|row| of_weight.data.iter().skip(row).step_by(n_rows).map(|&g| f64::from(g)));
        (f64::from(losses[0][0]), by_row.collect())
    }
}
