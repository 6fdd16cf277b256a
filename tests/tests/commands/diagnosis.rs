//! What `ispmail-pw doctor` says, step by step.

use ispmail_tests::database::DATABASE_PASSWORD;
use ispmail_tests::process::Output;
use serde_json::Value;

use crate::pw::{FAILED, Pw, TEMPORARY};

/// What it found, and how it ended.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    code: i32,
    steps: Vec<Value>,
}

impl Diagnosis {
    /// Runs it both ways, which must say the same.
    #[track_caller]
    pub(crate) fn of(pw: &Pw, arguments: &[&str], input: &str) -> Self {
        Self::by(&|arguments| pw.run(arguments, input), arguments)
    }

    /// The same, run by `run`.
    #[track_caller]
    pub(crate) fn by(run: &dyn Fn(&[&str]) -> Output, arguments: &[&str]) -> Self {
        let output = run(&[&["doctor", "--json"], arguments].concat());
        assert!(output.err().is_empty(), "{output:?}");
        let steps = output.out();
        assert!(!steps.contains(DATABASE_PASSWORD), "{steps}");
        let steps = steps.lines().map(|line| serde_json::from_str(line).expect(line));
        let this = Self { code: output.code(), steps: steps.collect() };
        let fixes = this.steps.iter().filter(|step| step["state"] == "fix").count();
        match this.code {
            0 => assert_eq!(fixes, 0, "{this:#?}"),
            FAILED => assert!(fixes > 0, "{this:#?}"),
            code => assert_eq!(code, TEMPORARY, "{this:#?}"),
        }
        let plain = run(&[&["doctor"], arguments].concat());
        assert_eq!(plain.code(), this.code, "{plain:?}");
        let count =
            |start: &str| plain.out().lines().filter(|line| line.starts_with(start)).count();
        assert_eq!(count("FIX     "), fixes, "{plain:?}");
        let last = this.steps.len() + 1;
        assert_eq!(plain.out().lines().count(), last, "{plain:?}");
        this
    }

    /// There is a step like this, with these words in what it says or in the fix.
    #[track_caller]
    pub(crate) fn expect(&self, step: &str, state: &str, words: &str) -> &Self {
        let has = |one: &Value| {
            let text = format!("{} {}", one["says"], one["fix"]);
            one["step"] == step && one["state"] == state && text.contains(words)
        };
        assert!(self.steps.iter().any(has), "no {state} {step} with {words:?}: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn expect_code(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn expect_nowhere(&self, words: &str) {
        let text = format!("{:?}", self.steps);
        assert!(!text.contains(words), "{words:?} in {self:#?}");
    }
}
