//! A trial's weights: one flat buffer, so that clipping and the update are one
//! pass over it, with a view for each tensor.

use crate::buffer::{ALIGNED_VALUES, Buffer};
use crate::{misuse, refused};
use retort_domain::protocol::ModelSpec;
use retort_trainer::tensors::{self, Role, Slot};
use retort_trainer::{BackendError, NamedTensor, Tensors};
use tch::{TchError, Tensor};

/// Where each tensor lies in the flat buffers.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// In the order of [`tensors::layout`], with the offset in the buffer of
    /// trained values, or in that of running statistics.
    pub places: Vec<Place>,
    pub trained_len: usize,
    pub running_len: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub slot: Slot,
    pub offset: usize,
    pub len: usize,
}

impl Layout {
    pub fn of(spec: &ModelSpec) -> Self {
        let (mut trained_len, mut running_len) = (0, 0);
        let places = tensors::layout(spec)
            .into_iter()
            .map(|slot| {
                let len: usize = slot.shape.iter().product();
                let end = if slot.role.is_trained() { &mut trained_len } else { &mut running_len };
                let offset = *end;
                *end += len.next_multiple_of(ALIGNED_VALUES);
                Place { slot, offset, len }
            })
            .collect();
        Self { places, trained_len, running_len }
    }

    pub fn place(&self, layer: usize, role: Role) -> Option<&Place> {
        self.places.iter().find(|p| p.slot.layer == layer && p.slot.role == role)
    }

    /// Named tensors out of a flat slice that is laid out as the trained values.
    pub fn name_trained(&self, values: &[f32], suffix: &str) -> Tensors {
        let trained = self.places.iter().filter(|p| p.slot.role.is_trained());
        trained
            .map(|p| NamedTensor {
                name: format!("{}{suffix}", p.slot.name),
                shape: p.slot.shape.clone(),
                data: values[p.offset..p.offset + p.len].to_vec(),
            })
            .collect()
    }

    /// The reverse of [`Layout::name_trained`].
    pub fn fill_trained(
        &self,
        values: &mut [f32],
        suffix: &str,
        from: &[NamedTensor],
    ) -> Result<(), BackendError> {
        for place in self.places.iter().filter(|p| p.slot.role.is_trained()) {
            let name = format!("{}{suffix}", place.slot.name);
            copy_checked(&mut values[place.offset..place.offset + place.len], &name, from)?;
        }
        Ok(())
    }
}

fn copy_checked(into: &mut [f32], name: &str, from: &[NamedTensor]) -> Result<(), BackendError> {
    const ACTION: &str = "take over weights";
    let tensor =
        from.iter().find(|t| t.name == name).ok_or_else(|| misuse(ACTION, format!("{name} is missing")))?;
    if tensor.data.len() != into.len() {
        return Err(misuse(ACTION, format!("{name} has {} values, not {}", tensor.data.len(), into.len())));
    }
    into.copy_from_slice(&tensor.data);
    Ok(())
}

/// A layer's matrix and its gradient, as libtorch is given them.
#[derive(Debug)]
pub(crate) struct LayerViews {
    /// `[out, in]`
    pub weight: Tensor,
    /// `[in, out]`, the same memory.
    pub weight_t: Tensor,
    /// `[out]`
    pub bias: Tensor,
    /// `[out, in]`
    pub weight_grad: Tensor,
}

#[derive(Debug)]
pub(crate) struct Parameters {
    pub layout: Layout,
    pub trained: Buffer,
    pub grads: Buffer,
    /// Running statistics of batch normalisation; empty without it.
    pub running: Vec<f32>,
    pub layers: Vec<LayerViews>,
}

impl Parameters {
    pub fn new(spec: &ModelSpec, weights: &Tensors) -> Result<Self, BackendError> {
        let layout = Layout::of(spec);
        let allocate = || -> Result<_, TchError> {
            let trained = Buffer::zeros(layout.trained_len)?;
            let grads = Buffer::zeros(layout.trained_len)?;
            let mut layers = Vec::new();
            for layer in 0..=spec.hidden_layers.len() {
                let (Some(weight), Some(bias)) =
                    (layout.place(layer, Role::Weight), layout.place(layer, Role::Bias))
                else {
                    continue;
                };
                let view = trained.view(weight.offset, &weight.slot.shape)?;
                layers.push(LayerViews {
                    weight_t: view.f_tr()?,
                    weight: view,
                    bias: trained.view(bias.offset, &bias.slot.shape)?,
                    weight_grad: grads.view(weight.offset, &weight.slot.shape)?,
                });
            }
            Ok((trained, grads, layers))
        };
        let (trained, grads, layers) = allocate().map_err(refused("allocate the network"))?;
        let running = vec![0.0; layout.running_len];
        let mut parameters = Self { layout, trained, grads, running, layers };
        parameters.set(weights)?;
        Ok(parameters)
    }

    pub fn set(&mut self, weights: &Tensors) -> Result<(), BackendError> {
        self.layout.fill_trained(self.trained.values_mut(), "", weights)?;
        for place in self.layout.places.iter().filter(|p| !p.slot.role.is_trained()) {
            copy_checked(
                &mut self.running[place.offset..place.offset + place.len],
                &place.slot.name,
                weights,
            )?;
        }
        Ok(())
    }

    pub fn named(&self) -> Tensors {
        let named = |place: &Place| {
            let from = if place.slot.role.is_trained() { self.trained.values() } else { &self.running };
            let data = from[place.offset..place.offset + place.len].to_vec();
            NamedTensor { name: place.slot.name.clone(), shape: place.slot.shape.clone(), data }
        };
        self.layout.places.iter().map(named).collect()
    }
}
