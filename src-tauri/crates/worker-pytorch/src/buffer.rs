//! Memory that libtorch and loops of ours work on in turn.

use tch::{Device, Kind, TchError, Tensor};

/// Contiguous f32 on the CPU, allocated by libtorch (64-byte aligned).
#[derive(Debug)]
pub(crate) struct Buffer {
    tensor: Tensor,
    len: usize,
}

impl Buffer {
    pub fn zeros(len: usize) -> Result<Self, TchError> {
        let tensor = Tensor::f_zeros([len as i64], (Kind::Float, Device::Cpu))?;
        Ok(Self { tensor, len })
    }

    /// A tensor of this shape from `offset` on, sharing the memory.
    pub fn view(&self, offset: usize, shape: &[usize]) -> Result<Tensor, TchError> {
        let len: usize = shape.iter().product();
        debug_assert!(offset + len <= self.len);
        let shape: Vec<i64> = shape.iter().map(|&n| n as i64).collect();
        self.tensor.f_narrow(0, offset as i64, len as i64)?.f_view(shape.as_slice())
    }

    pub fn values(&self) -> &[f32] {
        // SAFETY: `tensor` owns `len` contiguous initialised floats; libtorch
        // writes to them only inside calls, none of which is under way here.
        unsafe { std::slice::from_raw_parts(self.tensor.data_ptr().cast::<f32>(), self.len) }
    }

    pub fn values_mut(&mut self) -> &mut [f32] {
        // SAFETY: as for `values`; `&mut self` keeps other slices away.
        unsafe { std::slice::from_raw_parts_mut(self.tensor.data_ptr().cast::<f32>(), self.len) }
    }
}
