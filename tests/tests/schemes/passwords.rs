//! Passwords to try: right ones of every kind, and wrong ones that are nearly right.

use ispmail_tests::random::Random;

const TYPED: &str = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[\\]^_`abcxyz{|}~";

/// 0 to 300 bytes, no NUL: mostly what people type; sometimes another language, any bytes, or one
/// of the lengths at which something changes.
pub(crate) fn any(random: &mut Random) -> Vec<u8> {
    let typed = 1 + random.below(16);
    match random.below(10) {
        0 => "päßwörd-пароль-密码".chars().skip(random.below(12)).collect::<String>().into_bytes(),
        1 => no_nul(random.bytes(typed)),
        2 => {
            let length = random.below(301);
            no_nul(random.bytes(length))
        }
        3 => {
            // Block sizes of the ciphers and digests, and bcrypt's key.
            let length = *random.one_of(&[0, 1, 7, 8, 9, 16, 17, 55, 56, 63, 64, 65, 71, 72, 73]);
            random.text(TYPED, length).into_bytes()
        }
        4 => {
            let length = *random.one_of(&[127, 128, 129, 254, 255, 256, 300]);
            random.text(TYPED, length).into_bytes()
        }
        _ => random.text(TYPED, typed).into_bytes(),
    }
}

/// Not the same password, but for some old scheme it may be.
pub(crate) fn wrong(random: &mut Random, right: &[u8]) -> Vec<u8> {
    let mut wrong = right.to_vec();
    if wrong.is_empty() {
        return b"x".to_vec();
    }
    let place = random.below(wrong.len());
    match random.below(6) {
        0 => wrong[place] ^= 1 + random.byte() % 255,
        // The bit that DES leaves out.
        1 => wrong[place] ^= 0x80,
        2 => wrong[place] ^= 0x20,
        3 => wrong.truncate(place),
        4 => wrong.push(1 + random.byte() % 255),
        _ => wrong = any(random),
    }
    no_nul(wrong)
}

/// Without the bytes that Dovecot's protocols never pass on.
pub(crate) fn sendable(mut password: Vec<u8>) -> Vec<u8> {
    for byte in &mut password {
        if b"\0\x01\t\n\r".contains(byte) {
            *byte = 2;
        }
    }
    password
}

fn no_nul(mut password: Vec<u8>) -> Vec<u8> {
    for byte in &mut password {
        *byte = (*byte).max(1);
    }
    password
}
