//! Figures of several rounds.

use std::time::Duration;

/// The value below which this part of the values lies (0.5 is the median).
pub(crate) fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let place = ((sorted.len() as f64 - 1.0) * part).ceil() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// A figure of several rounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rounds(pub(crate) Vec<f64>);

impl Rounds {
    /// The median.
    pub(crate) fn median(&self) -> f64 {
        let (low, high) = (quantile(&self.0, 0.499_999), quantile(&self.0, 0.5));
        if self.0.len().is_multiple_of(2) { f64::midpoint(low, high) } else { high }
    }

    /// The least and the greatest.
    pub(crate) fn spread(&self) -> (f64, f64) {
        (quantile(&self.0, 0.0), quantile(&self.0, 1.0))
    }

    /// Round by round, this divided by that.
    pub(crate) fn over(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a / b).collect())
    }
}

/// A time in milliseconds.
pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
