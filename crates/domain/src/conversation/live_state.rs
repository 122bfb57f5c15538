//! Where a live chat stands and what takes it on: the one rule that every way of changing it goes by. It begins waiting,
//! and once it has ended nothing moves it any more.

use model::{ChatState, CloseCause};

/// What happens to a live chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happens {
    /// Somebody has it, or somebody else than before.
    Owned,
    /// Nobody has it any more.
    Freed,
    /// It is to end.
    Over(CloseCause),
}

/// What its visitor is told, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Who had it has left.
    Left,
    /// Somebody has it.
    Connected,
    /// It waits.
    Queued,
    /// It has ended.
    Ended,
}

/// Where a live chat stands after something has happened to it, and what its visitor is told of that.
pub(crate) fn step(state: ChatState, happens: Happens) -> (ChatState, &'static [Told]) {
    use ChatState as S;
    match (state, happens) {
        (S::Ended, _) => (S::Ended, &[]),
        // Somebody has come in the last moment: nobody's delay counts any more.
        (S::Connected, Happens::Over(CloseCause::ImpossibleDelay)) => (state, &[]),
        (_, Happens::Over(_)) => (S::Ended, &[Told::Ended]),
        (S::Connected, Happens::Owned) => (S::Connected, &[Told::Left, Told::Connected]),
        (S::Waiting | S::Transferred, Happens::Owned) => (S::Connected, &[Told::Connected]),
        (S::Connected, Happens::Freed) => (S::Transferred, &[Told::Left, Told::Queued]),
        (S::Waiting | S::Transferred, Happens::Freed) => (state, &[]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn anything() -> impl Strategy<Value = Happens> {
        let causes = CloseCause::ALL.iter().map(|cause| Happens::Over(*cause));
        // Ends are rare, so that something happens before.
        let mut all = vec![Happens::Owned; 8];
        all.extend([Happens::Freed; 8]);
        all.extend(causes);
        prop::sample::select(all)
    }

    proptest! {
        #[test]
        fn whatever_happens_it_ends_once_and_what_is_told_fits(all in prop::collection::vec(anything(), 0..40)) {
            let (mut state, mut told, mut cause) = (ChatState::Waiting, Vec::new(), None);
            for happens in all {
                let (next, said) = step(state, happens);
                if state == ChatState::Ended {
                    prop_assert_eq!((next, said.len()), (ChatState::Ended, 0));
                }
                if next == ChatState::Ended && state != ChatState::Ended {
                    cause = Some(happens);
                }
                told.extend_from_slice(said);
                state = next;
            }
            prop_assert_eq!(told.iter().filter(|t| **t == Told::Ended).count(), usize::from(cause.is_some()));
            // Who comes and who leaves take turns.
            let people: Vec<_> = told.iter().filter(|t| matches!(t, Told::Connected | Told::Left)).collect();
            for (n, one) in people.iter().enumerate() {
                prop_assert_eq!(**one, if n % 2 == 0 { Told::Connected } else { Told::Left });
            }
            // Nobody's delay ends only what nobody has.
            if cause == Some(Happens::Over(CloseCause::ImpossibleDelay)) {
                prop_assert!(people.len() % 2 == 0);
            }
            // It waits again only after somebody has left.
            for pair in told.windows(2) {
                prop_assert!(pair[1] != Told::Queued || pair[0] == Told::Left);
            }
            let connected = people.len() % 2 == 1;
            prop_assert!(state == ChatState::Ended || connected == (state == ChatState::Connected));
        }
    }
}
