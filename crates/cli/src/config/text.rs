use std::fmt::Display;

/// A configuration as it is printed: settings, and comments in whole sentences.
///
/// A comment's `#` has a blank behind it. A setting that is switched off has the `#` and nothing
/// else in front.
#[derive(Default)]
pub(super) struct Text(String);

/// Longest line of a comment, in characters.
const WIDTH: usize = 80;

impl Text {
    /// Sentences, broken into lines. Whatever is in them, it stays a comment.
    pub(super) fn comment(&mut self, sentences: impl Display) {
        let mut line = String::from("#");
        for word in sentences.to_string().split_whitespace() {
            if line.chars().count() + 1 + word.chars().count() > WIDTH && line.len() > 1 {
                self.line(&line);
                "#".clone_into(&mut line);
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(&line);
    }

    /// A command or a line of another file, in a comment.
    pub(super) fn example(&mut self, example: impl Display) {
        self.line(&format!("#   {}", example.to_string().replace(char::is_control, " ")));
    }

    /// Between two paragraphs of a comment.
    pub(super) fn paragraph(&mut self) {
        self.line("#");
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.line("");
    }

    /// Settings, line by line.
    pub(super) fn settings(&mut self, settings: &str) {
        settings.lines().for_each(|line| self.line(line));
    }

    /// Settings that are switched off.
    pub(super) fn switched_off(&mut self, settings: &str) {
        settings.lines().for_each(|line| self.line(&format!("#{line}")));
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }

    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stay_comments() {
        let mut text = Text::default();
        text.comment("a\nb { }");
        text.comment("word ".repeat(30));
        text.comment("x".repeat(100));
        text.example("c\nd");
        text.switched_off("e {\n  f = g\n}");
        let text = text.into_string();
        assert!(text.starts_with("# a b { }\n# word word"), "{text}");
        assert!(text.ends_with("#   c d\n#e {\n#  f = g\n#}\n"), "{text}");
        assert!(text.lines().all(|line| line.starts_with('#')), "{text}");
        assert_eq!(text.lines().map(str::len).max(), Some(102), "{text}");
    }
}
