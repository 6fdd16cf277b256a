//! `ispmail-pw`

use std::process::ExitCode;

fn main() -> ExitCode {
    ispmail_pw::run().into()
}
