//! Lines, however they arrive, and never more memory than there should be.

use ispmail_auth_protocol::{Lines, ProtocolError, TooLong, client};
use proptest::prelude::*;

/// Gives a piece to the lines, as much at a time as there is space for, and takes what comes out.
fn feed(
    lines: &mut Lines,
    mut piece: &[u8],
    taken: &mut Vec<Vec<u8>>,
) -> Result<(), ProtocolError> {
    while !piece.is_empty() {
        let space = lines.space();
        let length = space.len().min(piece.len());
        assert!(length > 0, "no space, and no line either");
        let (now, later) = piece.split_at(length);
        space.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
        lines.filled(length);
        while let Some(line) = lines.next_line()? {
            taken.push(line.to_vec());
        }
        piece = later;
    }
    Ok(())
}

fn cut(text: &[u8], max: usize, piece: usize) -> Result<Vec<Vec<u8>>, ProtocolError> {
    let (mut lines, mut taken) = (Lines::new(max), Vec::new());
    text.chunks(piece).try_for_each(|piece| feed(&mut lines, piece, &mut taken))?;
    Ok(taken)
}

const ONE_MEGABYTE: usize = 1 << 20;

#[test]
fn the_longest_line() {
    for max in [1, 2, 100, 1023, 1024, 1025, 8192, client::MAX_LINE] {
        for piece in [1, 7, 1000, 4096, 100_000] {
            for length in [max.saturating_sub(2), max - 1] {
                let line = vec![b'x'; length];
                let text = [&line[..], b"\n"].concat();
                assert_eq!(cut(&text, max, piece), Ok(vec![line]), "{length} of {max}");
            }
            for length in [max, max + 1, 2 * max, ONE_MEGABYTE] {
                let text = [&vec![b'x'; length][..], b"\n"].concat();
                assert_eq!(
                    cut(&text, max, piece),
                    Err(TooLong { max }.into()),
                    "{length} of {max}"
                );
            }
        }
    }
}

#[test]
fn too_long_after_others() {
    let (mut lines, mut taken) = (Lines::new(100), Vec::new());
    let text = [&b"one\ntwo\n"[..], &[b'x'; 1000]].concat();
    let error = ProtocolError::from(TooLong { max: 100 });
    assert_eq!(feed(&mut lines, &text, &mut taken), Err(error));
    assert_eq!(taken, [b"one", b"two"]);
    assert_eq!(lines.next_line(), Err(error), "it stays so");
    assert_eq!(lines.space().len(), 0, "and nothing more comes in");
}

#[test]
fn line_ends() {
    let text = b"VERSION\t1\t4\r\n\n\r\n\r\r\na\rb\n\0\n\xff\n";
    let lines: [&[u8]; 7] = [b"VERSION\t1\t4", b"", b"", b"\r", b"a\rb", b"\0", b"\xff"];
    for piece in 1..=text.len() {
        assert_eq!(cut(text, 100, piece), Ok(lines.map(<[u8]>::to_vec).to_vec()));
    }
    assert_eq!(cut(b"no end", 100, 100), Ok(Vec::new()));
}

#[test]
fn memory_goes_with_the_need() {
    let mut lines = Lines::new(client::MAX_LINE);
    assert_eq!(lines.space().len(), 1024);
    let long = [&vec![b'x'; client::MAX_LINE - 1][..], b"\n"].concat();
    feed(&mut lines, &long, &mut Vec::new()).unwrap();
    assert_eq!(lines.space().len(), 1024, "given back");
    let mut small = Lines::new(100);
    assert_eq!(small.space().len(), 100);
    small.filled(usize::MAX);
    assert_eq!(small.next_line(), Err(TooLong { max: 100 }.into()), "no more than there was");
}

/// Whoever does not take all lines first gets no space rather than a shift per line.
#[test]
fn lines_not_taken() {
    let mut lines = Lines::new(1024);
    lines.space().fill(b'\n');
    lines.filled(1024);
    assert_eq!(lines.next_line(), Ok(Some(&b""[..])));
    assert_eq!(lines.space().len(), 0);
    for _ in 1..1024 {
        assert_eq!(lines.next_line(), Ok(Some(&b""[..])));
    }
    assert_eq!(lines.next_line(), Ok(None));
    assert_eq!(lines.space().len(), 1024);
}

proptest! {
    /// The reference is the obvious way: the whole text, split.
    #[test]
    fn any_text_in_any_pieces(
        text in proptest::collection::vec(
            prop_oneof![4 => Just(b'x'), 1 => Just(b'\n'), 1 => any::<u8>()],
            0..5000,
        ),
        pieces in proptest::collection::vec(1_usize..300, 1..200),
        max in prop_oneof![1_usize..40, Just(1024), Just(4096)],
    ) {
        let mut whole: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
        let rest = whole.pop().unwrap();
        let fits = |line: &&[u8]| line.len() < max;
        let want: Vec<&[u8]> = whole
            .iter()
            .copied()
            .take_while(fits)
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .collect();
        let good = whole.iter().all(fits) && fits(&rest);

        let (mut lines, mut taken) = (Lines::new(max), Vec::new());
        let mut left = &text[..];
        let mut result = Ok(());
        for length in pieces.iter().cycle() {
            if left.is_empty() || result.is_err() {
                break;
            }
            let (piece, later) = left.split_at(left.len().min(*length));
            result = feed(&mut lines, piece, &mut taken);
            left = later;
        }
        prop_assert_eq!(result.is_ok(), good);
        prop_assert_eq!(taken, want);
    }
}
