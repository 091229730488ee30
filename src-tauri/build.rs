//! Lets tauri-build read the configuration and the capabilities.
fn main() {
    tauri_build::build();
}
