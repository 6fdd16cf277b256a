//! `ispmail-pw hash --batch`.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ispmail_password::{Password, Prefix};
use zeroize::Zeroizing;

use super::recipe::Recipe;
use crate::Failure;
use crate::batch::{self, Answer, Line, Output, Record};

pub(crate) fn run(recipe: &Recipe) -> Result<(), Failure> {
    batch::each_chunk(|lines, output| {
        let jobs: Vec<Job<'_>> = lines.iter().map(Job::read).collect();
        let tasks: Vec<_> = jobs.iter().filter_map(Job::task).collect();
        let mut made = recipe.make_many(&tasks).into_iter();
        let mut bad = 0;
        for job in &jobs {
            let made = match &job.task {
                Err(error) => Err(error.clone()),
                Ok(_) => match made.next() {
                    Some(made) => made.map_err(|error| error.to_string()),
                    None => continue,
                },
            };
            bad += usize::from(made.is_err());
            job.answer(made.map(|stored| stored.write(Prefix::Scheme)), output)?;
        }
        Ok(bad)
    })
}

type Made = Result<Zeroizing<Vec<u8>>, String>;

struct Job<'a> {
    number: u64,
    record: Option<Record<'a>>,
    task: Result<Task, String>,
}

struct Task {
    password: Password,
    login: Option<Zeroizing<Vec<u8>>>,
}

impl<'a> Job<'a> {
    fn read(line: &Line<'a>) -> Self {
        let number = line.number;
        match line.text().and_then(Record::parse) {
            Ok(record) => {
                let task = Task::of(&record);
                Self { number, record: Some(record), task }
            }
            Err(error) => Self { number, record: None, task: Err(error) },
        }
    }

    fn task(&self) -> Option<(&Password, Option<&[u8]>)> {
        let Task { password, login } = self.task.as_ref().ok()?;
        Some((password, login.as_ref().map(|login| login.as_slice())))
    }

    fn answer(&self, made: Made, output: &mut Output) -> io::Result<()> {
        let answer = Answer::to(self.record.as_ref());
        let stored = match made {
            Err(error) => return output.json(&answer.error(self.number, &error)),
            Ok(stored) => stored,
        };
        if let Ok(text) = str::from_utf8(&stored) {
            return output.json(&Answer { stored: Some(text), ..answer });
        }
        let text = Zeroizing::new(STANDARD.encode(&*stored));
        output.json(&Answer { stored_base64: Some(&text), ..answer })
    }
}

impl Task {
    fn of(record: &Record<'_>) -> Result<Self, String> {
        Ok(Self { password: record.password()?, login: record.login()? })
    }
}
