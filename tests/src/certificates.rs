//! Certificates for a test, made by openssl.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{must, program};

/// A certificate and its key, in PEM.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The file with the certificate.
    pub certificate: PathBuf,
    /// The file with the key, which only its owner can read.
    pub key: PathBuf,
}

impl Certificate {
    /// A new authority.
    pub fn authority(directory: &Path, name: &str) -> Self {
        Self::make(directory, name, &[])
    }

    /// A certificate by this authority, for a host of this name or for a client.
    pub fn by(authority: &Self, directory: &Path, name: &str) -> Self {
        let alternative = format!("subjectAltName=DNS:{name}");
        let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        let (ca, key) = (text(&authority.certificate), text(&authority.key));
        let constraints = "basicConstraints=critical,CA:false";
        let words = ["-CA", &ca, "-CAkey", &key, "-addext", &alternative, "-addext", constraints];
        Self::make(directory, name, &words)
    }

    /// Gives the files to a server's user.
    pub fn give_to(&self, (uid, gid): (u32, u32)) {
        for file in [&self.certificate, &self.key] {
            chown(file, Some(uid), Some(gid)).expect("chown");
        }
    }

    fn make(directory: &Path, name: &str, further: &[&str]) -> Self {
        let file = |end: &str| directory.join(format!("{name}.{end}"));
        let this = Self { certificate: file("pem"), key: file("key") };
        let mut openssl = Command::new(program("openssl", "openssl"));
        openssl
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
            .args(["-nodes", "-days", "2", "-subj", &format!("/CN={name}")])
            .arg("-out")
            .arg(&this.certificate)
            .arg("-keyout")
            .arg(&this.key)
            .args(further);
        must(&mut openssl, b"");
        this
    }
}
