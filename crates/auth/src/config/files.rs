//! Reading a configuration file whole, into memory that is wiped.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use super::error::{ConfigError, Origin};

/// Reads `path`, at most [`LONGEST`] bytes. The buffer never moves, so nothing is left behind when
/// it is wiped.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let failed = |cause| ConfigError::unreadable(path, cause);
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    // One byte more than the file: the read that finds its end needs no room to grow into.
    let room = usize::try_from(size).unwrap_or(LONGEST).min(LONGEST) + 1;
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut text).map_err(failed)?;
    if text.len() > LONGEST {
        return Err(Origin::file(path).invalid("longer than 1 MiB; expected a configuration file"));
    }
    Ok(text)
}

/// The longest file that is read, in bytes.
const LONGEST: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_up_to_the_limit_and_no_further() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        for (length, fits) in [(0, true), (1, true), (LONGEST, true), (LONGEST + 1, false)] {
            std::fs::write(&path, vec![b'#'; length]).unwrap();
            match read(&path) {
                Ok(text) => assert!(fits && text.len() == length),
                Err(error) => {
                    assert!(!fits);
                    let expected = "a: longer than 1 MiB; expected a configuration file";
                    assert!(error.to_string().ends_with(expected), "{error}");
                }
            }
        }
    }

    #[test]
    fn an_endless_file_is_refused() {
        assert!(read(Path::new("/dev/zero")).is_err());
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let directory = tempfile::tempdir().unwrap();
        let message = |path: &Path| read(path).err().unwrap().to_string();
        assert!(message(directory.path()).contains("it is a directory"));
        assert!(message(&directory.path().join("none")).contains("there is no such file"));
    }
}
