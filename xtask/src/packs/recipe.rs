//! Which files of which wheels make a runtime pack, by system. Wheels for
//! Python 3.11 everywhere: the shared libraries in them do not depend on it,
//! and one version means one checksum.
//!
//! Linux on x86-64 is what we build and test on. The recipes for macOS and for
//! Windows are read off the contents of those wheels and not tried.

use retort_domain::Platform;

/// How to put one platform's pack together on one system.
#[derive(Clone, Copy)]
pub struct Recipe {
    /// The framework.
    pub platform: Platform,
    /// As `std::env::consts::OS` says.
    os: &'static str,
    /// As `std::env::consts::ARCH` says.
    arch: &'static str,
    /// True where somebody saw it work.
    pub tried: bool,
    /// Fetched in this order.
    pub wheels: &'static [Wheel],
    /// A library that no wheel holds and that is linked here.
    pub stub: Option<Stub>,
}

/// A published archive and what is taken from it.
#[derive(Clone, Copy)]
pub struct Wheel {
    /// As pip is asked for it.
    pub requirement: &'static str,
    /// Its file name.
    pub file: &'static str,
    /// Its size, for the progress bar.
    pub bytes: u64,
    /// Checked by pip.
    pub sha256: &'static str,
    /// pip's name of the system that it is for.
    pub platform_tag: &'static str,
    /// What is taken, and its size, for the progress bar.
    pub take: &'static [Take],
    /// Size of what is taken.
    pub unpacked_bytes: u64,
}

/// A file, or a folder where both end in `/`.
#[derive(Clone, Copy)]
pub struct Take {
    /// In the wheel.
    pub from: &'static str,
    /// In the pack.
    pub to: &'static str,
}

/// A library to link within the pack's `lib/`.
#[derive(Clone, Copy)]
pub struct Stub {
    /// In the pack.
    pub file: &'static str,
    /// For `cc`.
    pub linker_arguments: &'static [&'static str],
}

/// The recipe for this system, if there is one.
pub fn for_this_system(platform: Platform) -> Option<Recipe> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    RECIPES.iter().find(|r| r.platform == platform && r.os == os && r.arch == arch).copied()
}

const fn take(from: &'static str, to: &'static str) -> Take {
    Take { from, to }
}

const TORCH_HEADERS: Take = take("torch/include/", "include/");

const RECIPES: &[Recipe] = &[
    Recipe {
        platform: Platform::Pytorch,
        os: "linux",
        arch: "x86_64",
        tried: true,
        wheels: &[
            Wheel {
                requirement: "torch==2.13.0",
                file: "torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl",
                bytes: 526_574_961,
                sha256: "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7",
                platform_tag: "manylinux_2_28_x86_64",
                take: &[
                    TORCH_HEADERS,
                    take("torch/lib/libtorch_cpu.so", "lib/libtorch_cpu.so"),
                    take("torch/lib/libc10.so", "lib/libc10.so"),
                    take("torch/lib/libgomp.so.1", "lib/libgomp.so.1"),
                ],
                unpacked_bytes: 500_000_000,
            },
            // libtorch_cpu of this build needs these two, small, whether there
            // is a GPU or not.
            Wheel {
                requirement: "nvidia-cuda-runtime==13.0.96",
                file: "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
                bytes: 2_243_632,
                sha256: "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
                platform_tag: "manylinux_2_17_x86_64",
                take: &[take("nvidia/cu13/lib/libcudart.so.13", "lib/libcudart.so.13")],
                unpacked_bytes: 704_288,
            },
            Wheel {
                requirement: "nvidia-cuda-cupti==13.0.85",
                file: "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl",
                bytes: 10_715_597,
                sha256: "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8",
                platform_tag: "manylinux_2_25_x86_64",
                take: &[take("nvidia/cu13/lib/libcupti.so.13", "lib/libcupti.so.13")],
                unpacked_bytes: 4_152_208,
            },
        ],
        // The wheel's own libtorch.so pulls in CUDA; tch links against the name.
        stub: Some(Stub {
            file: "lib/libtorch.so",
            linker_arguments: &[
                "-shared",
                "-o",
                "libtorch.so",
                "-Wl,--no-as-needed",
                "-L.",
                "-ltorch_cpu",
                "-lc10",
                "-Wl,-rpath,$ORIGIN",
            ],
        }),
    },
    Recipe {
        platform: Platform::Tensorflow,
        os: "linux",
        arch: "x86_64",
        tried: true,
        wheels: &[Wheel {
            requirement: "tensorflow-cpu==2.21.0",
            file: "tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl",
            bytes: 273_829_956,
            sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
            platform_tag: "manylinux_2_27_x86_64",
            take: &[
                take("tensorflow/libtensorflow_cc.so.2", "lib/libtensorflow.so"),
                take("tensorflow/libtensorflow_framework.so.2", "lib/libtensorflow_framework.so.2"),
            ],
            unpacked_bytes: 853_308_936,
        }],
        stub: None,
    },
    Recipe {
        platform: Platform::Pytorch,
        os: "macos",
        arch: "aarch64",
        tried: false,
        wheels: &[Wheel {
            requirement: "torch==2.13.0",
            file: "torch-2.13.0-cp311-cp311-macosx_14_0_arm64.whl",
            bytes: 111_187_938,
            sha256: "e76f9bcecc52b8ff711239a2f7547d5353df95878ab232f0773c1d95928b92f8",
            platform_tag: "macosx_14_0_arm64",
            take: &[
                TORCH_HEADERS,
                take("torch/lib/libtorch.dylib", "lib/libtorch.dylib"),
                take("torch/lib/libtorch_cpu.dylib", "lib/libtorch_cpu.dylib"),
                take("torch/lib/libc10.dylib", "lib/libc10.dylib"),
                take("torch/lib/libomp.dylib", "lib/libomp.dylib"),
            ],
            unpacked_bytes: 400_000_000,
        }],
        stub: None,
    },
    Recipe {
        platform: Platform::Tensorflow,
        os: "macos",
        arch: "aarch64",
        tried: false,
        wheels: &[Wheel {
            requirement: "tensorflow==2.21.0",
            file: "tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl",
            bytes: 223_405_849,
            sha256: "51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88",
            platform_tag: "macosx_12_0_arm64",
            take: &[
                take("tensorflow/libtensorflow_cc.2.dylib", "lib/libtensorflow.dylib"),
                take("tensorflow/libtensorflow_framework.2.dylib", "lib/libtensorflow_framework.2.dylib"),
            ],
            unpacked_bytes: 740_805_624,
        }],
        stub: None,
    },
    Recipe {
        platform: Platform::Pytorch,
        os: "windows",
        arch: "x86_64",
        tried: false,
        wheels: &[Wheel {
            requirement: "torch==2.13.0",
            file: "torch-2.13.0-cp311-cp311-win_amd64.whl",
            bytes: 122_015_870,
            sha256: "a0d8b11f16a48d60e2015d8213aa0390744cbebb98e58b62b3514dddc656e330",
            platform_tag: "win_amd64",
            take: &[
                TORCH_HEADERS,
                take("torch/lib/torch.dll", "lib/torch.dll"),
                take("torch/lib/torch.lib", "lib/torch.lib"),
                take("torch/lib/torch_cpu.dll", "lib/torch_cpu.dll"),
                take("torch/lib/torch_cpu.lib", "lib/torch_cpu.lib"),
                take("torch/lib/c10.dll", "lib/c10.dll"),
                take("torch/lib/c10.lib", "lib/c10.lib"),
                take("torch/lib/libiomp5md.dll", "lib/libiomp5md.dll"),
                take("torch/lib/uv.dll", "lib/uv.dll"),
            ],
            unpacked_bytes: 400_000_000,
        }],
        stub: None,
    },
    Recipe {
        platform: Platform::Tensorflow,
        os: "windows",
        arch: "x86_64",
        tried: false,
        // The C API stands in the library that Python's modules share;
        // tensorflow_cc.2.dll of this wheel is an empty shell.
        wheels: &[Wheel {
            requirement: "tensorflow-cpu==2.21.0",
            file: "tensorflow_cpu-2.21.0-cp311-cp311-win_amd64.whl",
            bytes: 350_834_051,
            sha256: "6fc992a9c8700e18c178b0525f4e7697e58fce88df0dcb95db4dd3c7ad5f4651",
            platform_tag: "win_amd64",
            take: &[take("tensorflow/python/_pywrap_tensorflow_common.dll", "lib/tensorflow.dll")],
            unpacked_bytes: 1_056_612_352,
        }],
        stub: None,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_and_names_are_what_pip_expects() {
        for wheel in RECIPES.iter().flat_map(|recipe| recipe.wheels) {
            assert!(
                wheel.sha256.len() == 64 && wheel.sha256.bytes().all(|b| b.is_ascii_hexdigit()),
                "{}",
                wheel.file
            );
            assert!(wheel.file.ends_with(&format!("{}.whl", wheel.platform_tag)), "{}", wheel.file);
            let (name, version) = wheel.requirement.split_once("==").expect(wheel.requirement);
            assert!(
                wheel.file.starts_with(&format!("{}-{version}-", name.replace('-', "_"))),
                "{}",
                wheel.file
            );
        }
    }

    #[test]
    fn packs_are_of_the_version_that_the_core_asks_for() {
        for recipe in RECIPES {
            let wanted = format!("=={}", recipe.platform.runtime_version());
            assert!(recipe.wheels[0].requirement.ends_with(&wanted), "{}", recipe.wheels[0].requirement);
        }
    }

    #[test]
    fn what_is_taken_as_a_folder_stays_one() {
        for take in RECIPES.iter().flat_map(|recipe| recipe.wheels).flat_map(|wheel| wheel.take) {
            assert_eq!(take.from.ends_with('/'), take.to.ends_with('/'), "{}", take.from);
        }
    }
}
