use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

thread_local! {
    /// Where the last panic was.
    static PLACE: Cell<Option<String>> = const { Cell::new(None) };
}

/// Has panics print nothing: their message could hold anything. Where one happened is kept.
pub(crate) fn say_nothing() {
    set_hook(Box::new(|panic| PLACE.set(panic.location().map(ToString::to_string))));
}

/// What `body` gives. Its error or its panic becomes one line for a log.
pub(crate) fn caught<T>(body: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<T, String> {
    // What a panic interrupts is the client, and that drops a connection it has not finished with.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(result) => result.map_err(|error| {
            // Lua's errors have a stack trace below.
            error.to_string().lines().next().unwrap_or_default().to_owned()
        }),
        Err(_) => Err(format!("internal error at {}", PLACE.take().unwrap_or_default())),
    }
}
