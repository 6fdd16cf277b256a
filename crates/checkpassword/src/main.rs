//! `ispmail-checkpassword [--config FILE | --dovecot-sql FILE] PROGRAM [ARGUMENT…]`

use std::process::ExitCode;

fn main() -> ExitCode {
    ispmail_checkpassword::run().into()
}
