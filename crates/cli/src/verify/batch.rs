//! `ispmail-pw verify --batch`.

use std::io;

use ispmail_password::{Password, StoredPassword};

use super::answer::{Answer, Checker};
use crate::Failure;
use crate::batch::{self, Line, Output, Record};

pub(crate) fn run(checker: &Checker) -> Result<(), Failure> {
    batch::each_chunk(|lines, output| {
        let jobs: Vec<Job<'_>> = lines.iter().map(|line| Job::read(line, checker)).collect();
        let pairs: Vec<_> = jobs.iter().filter_map(Job::pair).collect();
        let mut answers = checker.check_many(&pairs).into_iter();
        for job in &jobs {
            match &job.task {
                Task::Check(..) => {
                    answers.next().map_or(Ok(()), |answer| job.answer(&answer, output))?;
                }
                Task::Known(answer) => job.answer(answer, output)?,
                Task::Bad(error) => output.json(&job.head().error(job.number, error))?,
            }
        }
        Ok(jobs.iter().filter(|job| matches!(job.task, Task::Bad(_))).count())
    })
}

struct Job<'a> {
    number: u64,
    record: Option<Record<'a>>,
    task: Task,
}

enum Task {
    Check(StoredPassword, Password),
    /// No password is needed to say it.
    Known(Answer),
    /// The line cannot be used.
    Bad(String),
}

impl<'a> Job<'a> {
    fn read(line: &Line<'a>, checker: &Checker) -> Self {
        let number = line.number;
        match line.text().and_then(Record::parse) {
            Ok(record) => {
                let task = Task::of(&record, checker).unwrap_or_else(Task::Bad);
                Self { number, record: Some(record), task }
            }
            Err(error) => Self { number, record: None, task: Task::Bad(error) },
        }
    }

    fn pair(&self) -> Option<(&StoredPassword, &Password)> {
        match &self.task {
            Task::Check(stored, password) => Some((stored, password)),
            Task::Known(_) | Task::Bad(_) => None,
        }
    }

    fn head(&self) -> batch::Answer<'_> {
        batch::Answer::to(self.record.as_ref())
    }

    fn answer(&self, answer: &Answer, output: &mut Output) -> io::Result<()> {
        output.json(&batch::Answer {
            result: Some(answer.result()),
            reason: answer.reason(),
            needs_upgrade: answer.needs_upgrade(),
            ..self.head()
        })
    }
}

impl Task {
    fn of(record: &Record<'_>, checker: &Checker) -> Result<Self, String> {
        let (stored, password, login) = (record.stored()?, record.password()?, record.login()?);
        let login = login.as_ref().map(|login| login.as_slice());
        Ok(match checker.read(&stored, login) {
            Ok(stored) => Self::Check(stored, password),
            Err(answer) => Self::Known(answer),
        })
    }
}
