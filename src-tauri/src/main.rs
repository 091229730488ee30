//! The Tauri shell: window, commands, events. Everything that decides anything
//! is in `retort_engine`, which knows nothing of Tauri.

#![cfg_attr(all(not(debug_assertions), windows), windows_subsystem = "windows")]

mod bindings;
mod commands;
mod state;
mod window;

use retort_engine::{Engine, EngineOptions};
use serde::Serialize;
use state::{EngineOpener, EngineState};
use std::path::PathBuf;
use std::process::ExitCode;
use tauri::{AppHandle, Manager};
use tauri_specta::Event;
use tokio::sync::broadcast::{Receiver, error::RecvError};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|argument| argument == "--export-bindings") {
        return export_bindings(arguments.next().map(PathBuf::from));
    }
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("RETORT_LOG").unwrap_or_else(|_| "warn".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: Retort cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

fn export_bindings(path: Option<PathBuf>) -> ExitCode {
    let Some(path) = path else {
        eprintln!("error: --export-bindings needs the file to write");
        return ExitCode::from(2);
    };
    match bindings::export(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> tauri::Result<()> {
    let builder = bindings::builder();
    let (opener, engine_state) = EngineState::pending();
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            if let Some(window) = app.get_webview_window("main") {
                // Where the window system refuses, the window is open all the same.
                let _ = window.unminimize();
                let _ = window.set_focus();
            }
        }))
        .plugin(tauri_plugin_dialog::init())
        .manage(engine_state)
        .manage(window::CloseConsent::default())
        .invoke_handler(builder.invoke_handler())
        .on_window_event(window::on_event)
        .setup(move |app| {
            builder.mount_events(app);
            let handle = app.handle().clone();
            tauri::async_runtime::spawn(open_engine(handle, opener));
            Ok(())
        })
        .build(tauri::generate_context!())?
        .run(|app, event| {
            if let tauri::RunEvent::Exit = event
                && let Some(engine) = app.state::<EngineState>().engine_now()
            {
                tauri::async_runtime::block_on(engine.shutdown());
            }
        });
    Ok(())
}

async fn open_engine(app: AppHandle, opener: EngineOpener) {
    let options = EngineOptions {
        data_dir: std::env::var_os("RETORT_DATA_DIR").map_or_else(Engine::default_data_dir, PathBuf::from),
        samples_dir: samples_dir(&app),
        resume_interrupted: true,
        exclusive: true,
        ..EngineOptions::default()
    };
    let opened = Engine::open(options).await;
    match &opened {
        Ok(engine) => {
            tauri::async_runtime::spawn(tell(app.clone(), engine.subscribe(), bindings::JobEventTold));
            tauri::async_runtime::spawn(tell_datasets(app.clone(), engine.clone()));
            tauri::async_runtime::spawn(tell(
                app.clone(),
                engine.subscribe_profiles(),
                bindings::ProfileProgressTold,
            ));
            tauri::async_runtime::spawn(tell(app, engine.subscribe_work(), bindings::WorkProgressTold));
        }
        Err(error) => tracing::error!(%error, "the engine does not open"),
    }
    opener.fulfil(opened);
}

/// Installed: beside the other resources. In a checkout: `data/` of it.
fn samples_dir(app: &AppHandle) -> Option<PathBuf> {
    let installed = app.path().resource_dir().ok().map(|folder| folder.join("data"));
    let checkout = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../data"));
    installed.into_iter().chain([checkout]).find(|folder| folder.join("manifest.json").is_file())
}

/// Passes on to the window what the engine tells. A receiver that lags loses
/// events, not knowledge: the window sees the gap in the numbers of a job's and
/// asks for what it missed, and newer progress makes up for older.
async fn tell<T: Clone, E: Event + Serialize + Clone>(
    app: AppHandle,
    mut told: Receiver<T>,
    event: fn(T) -> E,
) {
    loop {
        match told.recv().await {
            Ok(one) => {
                if let Err(error) = event(one).emit(&app) {
                    tracing::warn!(%error, event = E::NAME, "an event did not reach the window");
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

async fn tell_datasets(app: AppHandle, engine: Engine) {
    let mut changes = engine.subscribe_datasets();
    while changes.recv().await != Err(RecvError::Closed) {
        if let Err(error) = bindings::DatasetsChanged.emit(&app) {
            tracing::warn!(%error, "a change of the datasets did not reach the window");
        }
    }
}
