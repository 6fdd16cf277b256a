use std::io;
use std::panic;

use tracing::{Level, error};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Where lines go: to journald with their fields if systemd started us, else to the standard error.
pub(crate) fn start(verbose: bool) {
    let level = if verbose { Level::DEBUG } else { Level::INFO };
    let registry = tracing_subscriber::registry().with(LevelFilter::from_level(level));
    // systemd sets it if the standard error is the journal.
    let journal = std::env::var_os("JOURNAL_STREAM").and_then(|_| tracing_journald::layer().ok());
    if let Some(journal) = journal {
        registry.with(journal.with_field_prefix(Some("ISPMAIL".into()))).init();
    } else {
        let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false);
        registry.with(lines.with_target(false)).init();
    }
    // A panic message could hold anything. Where it happened is enough to find it.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        error!("internal error at {place}");
    }));
}
