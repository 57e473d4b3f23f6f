//! Logging: JSON lines of fixed texts, codes and server-made ids.
//! It must never be given a value that came from a client, a header, a path or a case.

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error. `CHANNEL_PANEL_LOG` sets the filter (default `info`); dependencies stay at `warn`,
/// because an HTTP library's debug lines quote request lines.
pub fn start() {
    let filter = match std::env::var("CHANNEL_PANEL_LOG").as_deref() {
        Ok("debug") => "warn,channel_panel=debug",
        Ok("warn") => "warn",
        Ok("error") => "error",
        _ => "warn,channel_panel=info",
    };
    let started = tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::new(filter))
        .with_current_span(false)
        .try_init();
    if started.is_err() {
        tracing::warn!("logging was already started");
    }
    std::panic::set_hook(Box::new(|info| {
        // A panic's message may hold a value; its place may not.
        let place = info.location().map(|l| (l.file(), l.line()));
        tracing::error!(file = place.map(|p| p.0), line = place.map(|p| p.1), "panicked");
    }));
}
