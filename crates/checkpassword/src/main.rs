//! `ispmail-checkpassword [OPTION…] PROGRAM [ARGUMENT…]`

use std::process::ExitCode;

fn main() -> ExitCode {
    ispmail_checkpassword::run().into()
}
