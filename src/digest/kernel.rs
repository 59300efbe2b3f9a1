//! Which ways of compressing blocks of SHA-256 there are, and which this processor can run.
//!
//! Each is a function over some streams side by side; `batch` says which streams go together. The
//! kernels are for x86-64; elsewhere there is `sha2` alone. Which one is the fastest here was
//! measured on few processors and is not measured at run time.

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;
#[cfg(target_arch = "x86_64")]
mod rounds;
#[cfg(target_arch = "x86_64")]
pub(super) mod shani;

use std::sync::OnceLock;

/// What SHA-256 compresses at once: FIPS 180-4, 5.2.1.
pub(super) type Block = [u8; 64];

/// The state before the first block: FIPS 180-4, 5.3.3.
pub(super) const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// K of FIPS 180-4, 4.2.2.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
static ROUND_CONSTANTS: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// A way to compress blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// The `sha2` crate, one stream after the other; it uses SHA-NI too where that is.
    Sha2,
    /// Two streams in turn with the SHA extensions of x86-64.
    ShaNi,
    /// Eight streams side by side.
    Avx2,
    /// Sixteen streams side by side.
    Avx512,
}

impl Kernel {
    /// Every kernel, by the number of its lanes.
    pub const ALL: [Self; 4] = [Self::Sha2, Self::ShaNi, Self::Avx2, Self::Avx512];

    /// The fastest that this processor can run. In a build without optimisation, where every
    /// instruction of a kernel is a call, that is `sha2`.
    pub fn best() -> Self {
        if cfg!(debug_assertions) {
            return Self::Sha2;
        }
        let order = [Self::Avx512, Self::ShaNi, Self::Avx2];
        order.into_iter().find(|kernel| kernel.is_available()).unwrap_or(Self::Sha2)
    }

    /// Whether this processor can run it.
    #[cfg(target_arch = "x86_64")]
    pub fn is_available(self) -> bool {
        match self {
            Self::Sha2 => true,
            Self::ShaNi => shani::is_available(),
            Self::Avx2 => avx2::is_available(),
            Self::Avx512 => avx512::is_available(),
        }
    }

    /// Whether this processor can run it.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn is_available(self) -> bool {
        self == Self::Sha2
    }

    /// The name, as `VIDIMUS_SHA256` takes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha2 => "sha2",
            Self::ShaNi => "shani",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Reads a name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kernel| kernel.as_str() == word)
    }

    /// How many streams keep it busy.
    pub fn lanes(self) -> usize {
        match self {
            Self::Sha2 => 1,
            Self::ShaNi => 2,
            Self::Avx2 => 8,
            Self::Avx512 => 16,
        }
    }
}

static CHOSEN: OnceLock<Kernel> = OnceLock::new();

/// Chooses the kernel of this process, before anything is hashed; false when it is not available
/// here or another one has been chosen.
pub fn choose(kernel: Kernel) -> bool {
    kernel.is_available() && *CHOSEN.get_or_init(|| kernel) == kernel
}

/// The kernel of this process: what was chosen, or the best.
pub fn chosen() -> Kernel {
    *CHOSEN.get_or_init(Kernel::best)
}

/// How many blocks every stream has.
#[cfg(target_arch = "x86_64")]
fn shortest<const LANES: usize>(blocks: &[&[Block]; LANES]) -> usize {
    blocks.iter().map(|blocks| blocks.len()).min().unwrap_or(0)
}
