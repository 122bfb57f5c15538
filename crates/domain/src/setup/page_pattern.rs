//! Patterns that pages run over what they hold: the part of regular expressions that browsers and this server read alike,
//! and that takes no browser for long.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    self, AssertionKind, Ast, ClassSetItem, GroupKind, LiteralKind, RepetitionKind, RepetitionRange,
};

/// Whether a pattern can be used: it has a group, which is what is taken; each of its signs means the same to a browser;
/// nothing that repeats stands within what repeats, where a text that nearly fits takes a browser for ever; and few parts
/// repeat, as each one more makes it longer by as much as the text is long.
#[must_use]
pub(super) fn is_usable(pattern: &str) -> bool {
    let Ok(parsed) = Parser::new().parse(pattern) else { return false };
    ast::visit(&parsed, Look::default()).unwrap_or(false)
}

#[derive(Default)]
struct Look {
    groups: usize,
    /// How many of those that repeat without an end are open.
    within: usize,
    /// How often what is open is said to come, where that is said exactly.
    times: Vec<usize>,
    /// How many parts repeat for long.
    repeats: usize,
}

/// So many parts of a pattern may repeat for long.
const REPEATS_MAX: usize = 3;
/// What repeats this often at the most takes no time.
const SHORT: u32 = 10;

/// A sign that browsers do not know, or a repeat within another.
struct Unfit;

impl ast::Visitor for Look {
    type Output = bool;
    type Err = Unfit;

    fn finish(self) -> Result<bool, Unfit> {
        Ok(self.groups > 0)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Unfit> {
        let fits = match ast {
            Ast::Flags(_) | Ast::ClassUnicode(_) => false,
            Ast::Literal(literal) => is_common(&literal.kind),
            Ast::Assertion(at) => matches!(
                at.kind,
                AssertionKind::StartLine
                    | AssertionKind::EndLine
                    | AssertionKind::WordBoundary
                    | AssertionKind::NotWordBoundary
            ),
            Ast::Group(group) => {
                self.groups += usize::from(matches!(group.kind, GroupKind::CaptureIndex(_)));
                !matches!(&group.kind, GroupKind::CaptureName { starts_with_p: true, .. })
                    && group.flags().is_none_or(|flags| flags.items.is_empty())
            }
            // Two branches that begin alike are two ways for each round.
            Ast::Alternation(_) => self.within == 0,
            Ast::Repetition(repeat) => {
                let fits = self.within == 0 || is_exact(&repeat.op.kind);
                self.within += usize::from(!is_exact(&repeat.op.kind) && repeat.op.kind != RepetitionKind::ZeroOrOne);
                if let RepetitionKind::Range(RepetitionRange::Exactly(times)) = repeat.op.kind {
                    self.times.push(times as usize);
                } else if is_long(&repeat.op.kind) {
                    self.repeats += self.times.iter().fold(1, |all: usize, times| all.saturating_mul(*times));
                }
                fits && self.repeats <= REPEATS_MAX
            }
            _ => true,
        };
        if fits { Ok(()) } else { Err(Unfit) }
    }

    fn visit_post(&mut self, ast: &Ast) -> Result<(), Unfit> {
        if let Ast::Repetition(repeat) = ast {
            self.within -= usize::from(!is_exact(&repeat.op.kind) && repeat.op.kind != RepetitionKind::ZeroOrOne);
            if is_exact(&repeat.op.kind) {
                self.times.pop();
            }
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Unfit> {
        let fits = match item {
            ClassSetItem::Ascii(_) | ClassSetItem::Unicode(_) | ClassSetItem::Bracketed(_) => false,
            ClassSetItem::Literal(literal) => is_common(&literal.kind),
            ClassSetItem::Range(range) => is_common(&range.start.kind) && is_common(&range.end.kind),
            _ => true,
        };
        if fits { Ok(()) } else { Err(Unfit) }
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ast::ClassSetBinaryOp) -> Result<(), Unfit> {
        Err(Unfit)
    }
}

fn is_exact(kind: &RepetitionKind) -> bool {
    matches!(kind, RepetitionKind::Range(RepetitionRange::Exactly(_)))
}

/// Whether a part that repeats in this way takes as long as a text gives it.
fn is_long(kind: &RepetitionKind) -> bool {
    match kind {
        RepetitionKind::ZeroOrOne | RepetitionKind::Range(RepetitionRange::Exactly(_)) => false,
        RepetitionKind::Range(RepetitionRange::Bounded(_, most)) => *most > SHORT,
        RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore | RepetitionKind::Range(_) => true,
    }
}

/// Whether browsers write a sign in this way too.
fn is_common(kind: &LiteralKind) -> bool {
    !matches!(kind, LiteralKind::HexBrace(_) | LiteralKind::HexFixed(ast::HexLiteralKind::UnicodeLong))
        && !matches!(kind, LiteralKind::Special(ast::SpecialLiteralKind::Bell))
}

#[cfg(test)]
mod tests {
    use super::is_usable;

    #[test]
    fn what_browsers_read_alike_and_quickly_is_usable() {
        for pattern in [
            r"(\d+)",
            r"^\s*([\d.,]+)\s*€",
            r"total: (-?\d+(?:\.\d\d)?)",
            r"(?:\d{3} )*(\d+)$",
            r"(a|b)",
            r"id=([^&]*)",
            r"(.*?) \u20ac",
            r"\bsku-([A-Za-z0-9_-]+)\b",
            r"^\s*(\d{1,2})\.(\d{1,2})\.(\d{2,4})\s*(\d{1,2}):\d\d\s*$",
        ] {
            assert!(is_usable(pattern), "{pattern}");
        }
    }

    #[test]
    fn what_they_do_not_or_for_ever_is_refused() {
        for pattern in [
            r"\d+",
            r"(?:\d+)",
            r"(",
            r"(?i)(a)",
            r"((?i:a))",
            r"(?P<n>a)",
            r"(\pL)",
            r"(\p{Greek})",
            r"(\x{41})",
            r"\A(a)",
            r"(a)\z",
            r"([[:alpha:]])",
            r"([a-z&&[^b]])",
            r"(?=a)(a)",
            r"(\w+\s?)*$",
            r"(a+)+$",
            r"(a|a)*b",
            r"((?:a{1,9})*)b",
            r"(\d*\d*\d*\d*x)",
            r"^a*a*a*(a{0,500})$",
            r"((?:a*){4}b)",
        ] {
            assert!(!is_usable(pattern), "{pattern}");
        }
    }
}
