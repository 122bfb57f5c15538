//! The table that is printed: what was measured, the figure, its spread, and whether it meets its goal.

/// What a figure should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// No less.
    AtLeast(f64),
    /// No more.
    AtMost(f64),
}

/// Lines of the table, printed as they come and again at the end.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<String>,
    wrong: usize,
}

impl Report {
    /// Begins a part.
    pub(crate) fn section(&mut self, title: &str, goal: &str) {
        self.print(String::new());
        self.print(format!("{title} (goal: {goal})"));
        self.print(format!("  {:<34} {:>9}  {:<17} goal  detail", "", "figure", "spread"));
    }

    /// Adds a figure; the spread is the least and the greatest of the rounds.
    pub(crate) fn line(&mut self, name: &str, figure: f64, spread: (f64, f64), goal: Goal, detail: &str) {
        let met = match goal {
            Goal::AtLeast(least) => figure >= least,
            Goal::AtMost(most) => figure <= most,
        };
        let spread = format!("{:.2} – {:.2}", spread.0, spread.1);
        let verdict = if met { "met" } else { "SHORT" };
        self.print(format!("  {name:<34} {figure:>9.2}  {spread:<17} {verdict:<5} {detail}"));
    }

    /// Adds a remark.
    pub(crate) fn note(&mut self, text: &str) {
        self.print(format!("  {text}"));
    }

    /// Adds what was measured and was not right.
    pub(crate) fn wrong(&mut self, what: Vec<String>) {
        for line in &what {
            self.print(format!("  WRONG {line}"));
        }
        self.wrong += what.len();
    }

    /// How much was not right.
    pub(crate) const fn wrongs(&self) -> usize {
        self.wrong
    }

    fn print(&mut self, line: String) {
        println!("{line}");
        self.lines.push(line);
    }

    /// The whole table.
    pub(crate) fn whole(&self) -> String {
        self.lines.join("\n")
    }
}
