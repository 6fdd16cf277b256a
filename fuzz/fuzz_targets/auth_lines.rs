//! Lines of the auth protocol are the same however they arrive, and too long ones are found.
//!
//! The first two bytes are the longest line's length, the third the length of the pieces.
#![no_main]

use ispmail_auth_protocol::Lines;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [low, high, piece, text @ ..] = data else { return };
    let max = 1 + usize::from(u16::from_le_bytes([*low, *high]));
    let mut whole: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let good = whole.iter().all(|line| line.len() < max);
    whole.pop();
    let mut want = whole
        .into_iter()
        .take_while(|line| line.len() < max)
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));

    let mut lines = Lines::new(max);
    let mut left = text;
    // Pieces of changing lengths.
    let mut length = usize::from(*piece);
    while !left.is_empty() {
        length = 1 + (length * 31 + left.len()) % (1 + 8 * usize::from(*piece));
        let space = lines.space();
        assert!(!space.is_empty() && space.len() <= max.max(1024));
        let (now, later) = left.split_at(length.min(space.len()).min(left.len()));
        space[..now.len()].copy_from_slice(now);
        lines.filled(now.len());
        left = later;
        loop {
            match lines.next_line() {
                Ok(Some(line)) => assert_eq!(Some(line), want.next()),
                Ok(None) => break,
                Err(_) => {
                    assert!(!good && want.next().is_none());
                    return;
                }
            }
        }
    }
    assert!(good && want.next().is_none());
});
