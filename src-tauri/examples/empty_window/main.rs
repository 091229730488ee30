//! A window with nothing in it: what Tauri and the web view cost by themselves.
//! `npm run bench` measures how fast Retort starts beside it.

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!("examples/empty_window/tauri.conf.json"))
}
