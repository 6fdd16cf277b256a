/// A login as it may stand in a log: one line, not endless.
pub fn printable(login: &[u8]) -> String {
    const LONGEST: usize = 128;
    let text = String::from_utf8_lossy(login);
    text.chars().take(LONGEST).map(|char| if char.is_control() { '?' } else { char }).collect()
}
