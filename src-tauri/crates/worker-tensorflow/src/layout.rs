//! Where each tensor of a network lies in the two rows of numbers that hold a
//! trial between calls: what is trained, and running statistics. Trials are
//! the rows of a matrix, so that one operation serves them all.

use crate::nodes::Nodes;
use retort_domain::protocol::ModelSpec;
use retort_trainer::tensors::{self, Role, Slot};
use retort_trainer::{NamedTensor, Tensors};
use tensorflow::{Output, Status};

/// A network's tensors and their places.
#[derive(Debug, Clone)]
pub struct Layout {
    /// What the network is.
    pub spec: ModelSpec,
    slots: Vec<Slot>,
}

/// Some columns of a matrix within a row of numbers.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    /// Rows of the matrix, `stride` numbers apart.
    height: usize,
    width: usize,
    stride: usize,
}

/// The tensors of one layer of K trials, cut from the rows.
pub struct Layer {
    /// `[K, out·(in + 1)]`: the bias is the last column.
    pub weight: Output,
    /// Factor, offset, running mean, running variance, `[K, out, 1]` each.
    pub norm: Option<Norm>,
    /// Units.
    pub n_out: usize,
    /// Inputs, the bias not counted.
    pub n_in: usize,
}

/// Batch normalisation's tensors, `[K, out, 1]` each.
pub struct Norm {
    pub factor: Output,
    pub offset: Output,
    pub mean: Output,
    pub variance: Output,
}

impl Layout {
    /// Of this network.
    pub fn new(spec: &ModelSpec) -> Self {
        Self { slots: tensors::layout(spec), spec: spec.clone() }
    }

    /// Length of one of the two rows.
    pub fn len(&self, trained: bool) -> usize {
        self.part(trained).map(elements).sum()
    }

    fn part(&self, trained: bool) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(move |slot| slot.role.is_trained() == trained)
    }

    /// Slots of one of the two rows with their places, in order.
    fn places(&self, trained: bool) -> Vec<(&Slot, Place)> {
        let mut start = 0;
        // Columns of the layer's weight: its bias stands beside them.
        let mut n_in = 0;
        self.part(trained)
            .map(|slot| {
                let n = elements(slot);
                let place = match slot.role {
                    Role::Weight => {
                        let n_out = slot.shape.first().copied().unwrap_or(0);
                        n_in = n / n_out.max(1);
                        Place { start, height: n_out, width: n_in, stride: n_in + 1 }
                    }
                    Role::Bias => {
                        Place { start: start - n * n_in + n_in, height: n, width: 1, stride: n_in + 1 }
                    }
                    Role::NormWeight | Role::NormBias | Role::RunningMean | Role::RunningVar => {
                        Place { start, height: 1, width: n, stride: n }
                    }
                };
                start += n;
                (slot, place)
            })
            .collect()
    }

    /// Writes tensors, found by name with `suffix`, into a row. Others are
    /// left alone.
    ///
    /// # Errors
    /// One line on the tensor that is missing or of another shape.
    pub fn pack(
        &self,
        tensors: &Tensors,
        trained: bool,
        suffix: &str,
        row: &mut [f32],
    ) -> Result<(), String> {
        for (slot, place) in self.places(trained) {
            let name = format!("{}{suffix}", slot.name);
            let Some(found) = tensors.iter().find(|tensor| tensor.name == name) else {
                return Err(format!("{name} is missing"));
            };
            if found.shape != slot.shape || found.data.len() != elements(slot) {
                return Err(format!("{name} is {:?}, expected {:?}", found.shape, slot.shape));
            }
            for (line, values) in found.data.chunks(place.width.max(1)).enumerate() {
                let start = place.start + line * place.stride;
                row[start..start + values.len()].copy_from_slice(values);
            }
        }
        Ok(())
    }

    /// The tensors of a row, in order.
    pub fn unpack(&self, row: &[f32], trained: bool, suffix: &str) -> Tensors {
        self.places(trained)
            .into_iter()
            .map(|(slot, place)| {
                let mut data = Vec::with_capacity(elements(slot));
                for line in 0..place.height {
                    let start = place.start + line * place.stride;
                    data.extend_from_slice(&row[start..start + place.width]);
                }
                NamedTensor { name: format!("{}{suffix}", slot.name), shape: slot.shape.clone(), data }
            })
            .collect()
    }

    /// The tensors of both rows in the order in which a trial's weights come.
    pub fn weights(&self, trained: &[f32], running: &[f32]) -> Tensors {
        let mut trained = self.unpack(trained, true, "").into_iter();
        let mut running = self.unpack(running, false, "").into_iter();
        self.slots
            .iter()
            .filter_map(|slot| if slot.role.is_trained() { trained.next() } else { running.next() })
            .collect()
    }

    /// Cuts `trained: [K, …]` and `running: [K, …]` into the tensors of each
    /// layer.
    pub fn cut(
        &self,
        nodes: &mut Nodes<'_>,
        trained: &Output,
        running: Option<&Output>,
    ) -> Result<Vec<Layer>, Status> {
        let mut lengths = Vec::new();
        for slot in self.part(true) {
            match (slot.role, lengths.last_mut()) {
                (Role::Bias, Some(weight)) => *weight += elements(slot) as i32,
                _ => lengths.push(elements(slot) as i32),
            }
        }
        let mut pieces = nodes.split(trained, &lengths)?.into_iter();
        let mut statistics = match running {
            Some(running) => {
                let lengths: Vec<i32> = self.part(false).map(|slot| elements(slot) as i32).collect();
                nodes.split(running, &lengths)?
            }
            None => Vec::new(),
        }
        .into_iter();
        let mut n_in = self.spec.n_features;
        let mut layers = Vec::new();
        for (layer, &n_out) in self.spec.hidden_layers.iter().chain([&self.spec.n_outputs]).enumerate() {
            let column = [-1, n_out as i32, 1];
            let Some(weight) = pieces.next() else { break };
            let mut next_column = |trained| {
                let piece = if trained { pieces.next() } else { statistics.next() };
                piece.map(|piece| nodes.reshape(&piece, &column)).transpose()
            };
            let norm = if running.is_some() && layer < self.spec.hidden_layers.len() {
                let columns =
                    (next_column(true)?, next_column(true)?, next_column(false)?, next_column(false)?);
                match columns {
                    (Some(factor), Some(offset), Some(mean), Some(variance)) => {
                        Some(Norm { factor, offset, mean, variance })
                    }
                    _ => None,
                }
            } else {
                None
            };
            layers.push(Layer { weight, norm, n_out, n_in });
            n_in = n_out;
        }
        Ok(layers)
    }
}

/// Values of a slot.
fn elements(slot: &Slot) -> usize {
    slot.shape.iter().product()
}
