//! `portable ROUNDS`: one hash on the portable path, for `scripts/count-instructions`.

use std::process::ExitCode;

use ispmail_sha256_crypt::{Job, backends::Backend};

fn main() -> ExitCode {
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok());
    let Some(rounds) = rounds else {
        eprintln!("usage: portable ROUNDS");
        return ExitCode::from(2);
    };
    let job = Job { password: b"summersun", salt: b"M/GWzmtjsLroRWIf", rounds };
    println!("{:x?}", Backend::Portable.digests(&[job]));
    ExitCode::SUCCESS
}
