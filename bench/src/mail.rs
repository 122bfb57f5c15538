//! Mails read: those of the corpus, beside a parser that takes them apart and guesses no charset, looks for no quote and makes
//! no HTML safe.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use anyhow::ensure;

use crate::report::{Goal, Report};
use crate::stats::{Rounds, ms, quantile};

const ROUNDS: usize = 5;
/// How many times the corpus is read in a round.
const TIMES: usize = 20;

pub(crate) fn parse(report: &mut Report) -> anyhow::Result<()> {
    let mails = corpus()?;
    ensure!(mails.len() > 200, "{} mails in the corpus", mails.len());
    let (mut ours, mut theirs, mut each) = (Rounds::default(), Rounds::default(), Vec::new());
    for round in 0..=ROUNDS {
        let begun = Instant::now();
        for _ in 0..TIMES {
            for mail in &mails {
                let one = Instant::now();
                black_box(::mail::Letter::read(black_box(mail), None));
                each.push(ms(one.elapsed()));
            }
        }
        let own = begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        for _ in 0..TIMES {
            for mail in &mails {
                black_box(mail_parser::MessageParser::default().parse(black_box(mail)));
            }
        }
        // The first round warms up.
        if round > 0 {
            #[expect(clippy::cast_precision_loss)]
            let count = (mails.len() * TIMES) as f64;
            ours.0.push(count / own);
            theirs.0.push(count / begun.elapsed().as_secs_f64());
        } else {
            each.clear();
        }
    }
    report.section("mails read, a second on one core", "at least 2,000, p99 at most 5 ms");
    let detail = format!("{} mails; mail-parser alone takes {:.0} apart", mails.len(), theirs.median());
    report.line("mails a second", ours.median(), ours.spread(), Goal::AtLeast(2000.0), &detail);
    let (p99, most) = (quantile(&each, 0.99), quantile(&each, 1.0));
    report.line(
        "a mail, p99, ms",
        p99,
        (quantile(&each, 0.5), most),
        Goal::AtMost(5.0),
        "from the median to the longest",
    );
    Ok(())
}

fn corpus() -> anyhow::Result<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/mail/tests/corpus");
    let mut mails = Vec::new();
    for kind in std::fs::read_dir(folder)? {
        for file in std::fs::read_dir(kind?.path())? {
            let path = file?.path();
            if path.extension().is_some_and(|end| end == "eml") {
                mails.push(std::fs::read(path)?);
            }
        }
    }
    Ok(mails)
}
