//! How much reading looks at. Only tests count: they hold it to grow as the mail does, whatever is in it, without a clock.

#[cfg(test)]
thread_local! {
    static LOOKED_AT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// So many bytes were looked at.
#[inline]
pub(crate) fn looked_at(_bytes: usize) {
    #[cfg(test)]
    LOOKED_AT.set(LOOKED_AT.get() + _bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Letter;

    fn work(mail: &str) -> usize {
        LOOKED_AT.set(0);
        let _ = Letter::read(mail.as_bytes(), None);
        LOOKED_AT.get()
    }

    #[test]
    fn four_times_the_mail_is_four_times_the_work() {
        type Made = fn(usize) -> String;
        let shapes: [(&str, Made); 14] = [
            ("a line", |n| format!("A: 1\n\n{}", "x".repeat(n * 10))),
            ("no head", |n| "x y\n".repeat(n)),
            ("heads", |n| "A: 1\n".repeat(n)),
            ("folds", |n| format!("A: 1\n{}", " x\n".repeat(n))),
            ("parts", |n| format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(n))),
            ("no boundaries", |n| format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--bb\n".repeat(n))),
            ("levels", |n| {
                let level = |n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n");
                (0..n / 10).map(level).collect()
            }),
            ("recipients", |n| format!("To: {}\n\nx", "a@b,".repeat(n))),
            ("begun words", |n| format!("Subject: {}\n\nx", "=?a?q?".repeat(n))),
            ("words", |n| format!("Subject: {}\n\nx", "=?a?q?x?=".repeat(n))),
            ("begun files", |n| format!("A: 1\n\n{}", "begin 644 a\n#0V%T\n".repeat(n))),
            ("files within", |n| format!("A: 1\n\n{}", "begin 644 a\n#0V%T\nend\n".repeat(n))),
            ("leads to quotes", |n| format!("A: 1\n\n{}", "On 2026 a@b\n".repeat(n))),
            ("heads in the text", |n| format!("A: 1\n\n{}", "From: a\nTo: b\n\n".repeat(n))),
        ];
        for (name, shape) in shapes {
            let (some, many) = (work(&shape(2000)), work(&shape(8000)));
            assert!(many <= some * 5 && many > 0, "{name}: {some}, then {many}");
        }
    }
}
