use std::fmt;

/// What a stored password costs to check, in the scheme's own unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Nothing to choose: a fast hash, or one of fixed cost.
    Fixed,
    /// So many rounds or iterations.
    Rounds(u32),
    /// 2 to this power rounds: bcrypt.
    Log2Rounds(u8),
    /// Memory is filled: argon2, scrypt, yescrypt.
    Memory {
        /// Memory needed, in KiB.
        kib: u64,
        /// How often it is gone through.
        passes: u32,
        /// Lanes (argon2) or parallel parts (scrypt's p).
        lanes: u32,
    },
}

/// `20000 rounds`, `2^10 rounds`, `65536 KiB, 3 passes, 1 lane`.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |count: u32| if count == 1 { "" } else { "s" };
        match *self {
            Self::Fixed => f.write_str("fixed"),
            Self::Rounds(rounds) => write!(f, "{rounds} round{}", s(rounds)),
            Self::Log2Rounds(log2) => write!(f, "2^{log2} rounds"),
            Self::Memory { kib, passes, lanes } => {
                let (p, l) = (if passes == 1 { "" } else { "es" }, s(lanes));
                write!(f, "{kib} KiB, {passes} pass{p}, {lanes} lane{l}")
            }
        }
    }
}
