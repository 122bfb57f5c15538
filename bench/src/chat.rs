//! What a chat asks of its page and of the server before anybody writes: whether its triggers hold, and whether somebody
//! is free.

use std::net::Ipv4Addr;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use serde_json::json;

use crate::Bench;
use crate::http::{Client, post};
use crate::report::{Goal, Report};
use crate::server::{Server, text};
use crate::socket::Socket;
use crate::stats::{Rounds, ms, quantile};

const ROUNDS: usize = 5;
/// Pages that ask at once, each from an address of its own: one may ask 600 times a minute.
const PAGES: u8 = 50;
/// How often each asks in a round.
const QUESTIONS: usize = 100;

/// How long a page looks at 100 triggers of 20 conditions.
pub(crate) fn targeting(report: &mut Report) -> anyhow::Result<()> {
    let ran = Command::new("node").arg("web/widget/bench/targeting.js").output().context("node")?;
    ensure!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let times = Rounds(serde_json::from_slice(&ran.stdout)?);
    report.section("100 triggers of 20 conditions, ms", "at most 4 ms");
    let detail = format!("p99 {:.1} ms, the first time {:.1}", quantile(&times.0, 0.99), times.0[0]);
    report.line("a look at all", times.median(), times.spread(), Goal::AtMost(4.0), &detail);
    Ok(())
}

/// How many questions for agents a second are answered.
pub(crate) async fn availability(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let server = Server::start_bounded(&bench.program, &bench.folder("availability")?).await?;
    let chat = text(&server.add_source("engage_messaging", "Shop").await?, "token")?;
    let _somebody = Socket::agent(&server).await?;
    let question = post(&format!("/chat/{chat}/availability"), "", json!({}).to_string().as_bytes());
    let (mut rates, mut times) = (Rounds::default(), Vec::new());
    for _ in 0..ROUNDS {
        let mut pages = Vec::new();
        for n in 1..=PAGES {
            pages.push(Client::connect_from(Ipv4Addr::new(127, 0, 2, n).into(), server.address()).await?);
        }
        let begun = Instant::now();
        let asked = pages.into_iter().map(|mut page| {
            let question = &question;
            async move {
                let mut took = Vec::with_capacity(QUESTIONS);
                for _ in 0..QUESTIONS {
                    let begun = Instant::now();
                    let answer = page.call(question).await?.json()?;
                    ensure!(answer["probability"].is_number(), "{answer}");
                    took.push(ms(begun.elapsed()));
                }
                Ok(took)
            }
        });
        for one in futures_util::future::join_all(asked).await {
            times.extend(one?);
        }
        #[expect(clippy::cast_precision_loss)]
        rates.0.push((usize::from(PAGES) * QUESTIONS) as f64 / begun.elapsed().as_secs_f64());
    }
    server.stop()?;
    report.section("questions whether somebody is free, a second", "at least 500");
    let detail = format!("{PAGES} pages at once; p99 {:.1} ms", quantile(&times, 0.99));
    report.line("answered", rates.median(), rates.spread(), Goal::AtLeast(500.0), &detail);
    Ok(())
}
