//! How long lists may be that come in.

/// How many entries a list or a map has at the most, whatever it is of: databases limit the values of a statement, and
/// what a list costs must not depend on its sender.
pub(crate) const LIST_MAX: usize = 1000;
