//! Loops over floats that the compiler turns into the widest vector
//! instructions this processor has. The binary is built for processors that
//! have none of them, so each loop is compiled several times over and chosen
//! among when it runs. Which one runs depends on the processor alone: a trial
//! gives the same bits in whatever group it is.

pub(crate) mod functions;
pub(crate) mod hidden;
pub(crate) mod loss;
pub(crate) mod normalization;
pub(crate) mod soft_loss;
pub(crate) mod update;

/// Values in the widest vector. Rows of our own buffers are this many values
/// long, or a multiple.
pub(crate) const LANES: usize = 16;

/// What the processor can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instructions {
    /// 512 bits.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 256 bits, with fused multiplication and addition.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What the binary was built for.
    Baseline,
}

impl Instructions {
    /// The standard library asks the processor once and remembers.
    pub fn detected() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            let wide = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq");
            return if wide { Self::Avx512 } else { Self::Avx2 };
        }
        Self::Baseline
    }
}

/// True where `f32::mul_add` is one instruction in code for the baseline.
pub(crate) const BASELINE_FUSES: bool = cfg!(target_arch = "aarch64");

/// `a * b + c`, rounded once where `FUSED`; without the instruction, a fused
/// one would be a call to a slow routine.
#[inline(always)]
pub(crate) fn mul_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Compiles `fn name(…)` for each of [`Instructions`]. The body sees `FUSED`,
/// to be handed to [`mul_add`], and must be made of functions that are inlined.
macro_rules! vectorized {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments, reason = "a loop over several arrays takes them all")]
        $vis fn $name($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn portable<const FUSED: bool>($($arg: $ty),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512dq")]
            fn avx512($($arg: $ty),*) $(-> $ret)? {
                portable::<true>($($arg),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $ty),*) $(-> $ret)? {
                portable::<true>($($arg),*)
            }

            match $crate::vector::Instructions::detected() {
                // SAFETY: the processor said that it has these instructions.
                #[cfg(target_arch = "x86_64")]
                $crate::vector::Instructions::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::vector::Instructions::Avx2 => unsafe { avx2($($arg),*) },
                $crate::vector::Instructions::Baseline => {
                    portable::<{ $crate::vector::BASELINE_FUSES }>($($arg),*)
                }
            }
        }
    };
}
pub(crate) use vectorized;
