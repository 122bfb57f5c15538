//! A short queue to one who listens. There are thousands of them, and nearly all are empty: one that is takes some hundred
//! bytes, where the library's takes the room of its first 32 entries.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Makes a queue for so many entries.
pub(crate) fn queue<T>(most: usize) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Mutex::new(Shared { waiting: VecDeque::new(), most, listens: None, ended: false }));
    (Sender(shared.clone()), Receiver(shared))
}

struct Shared<T> {
    waiting: VecDeque<T>,
    most: usize,
    /// Who waits for the next entry.
    listens: Option<Waker>,
    /// One of the two ends is gone.
    ended: bool,
}

impl<T> Shared<T> {
    fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Option<T>> {
        match self.waiting.pop_front() {
            Some(next) => {
                if self.waiting.is_empty() {
                    self.waiting = VecDeque::new();
                }
                Poll::Ready(Some(next))
            }
            None if self.ended => Poll::Ready(None),
            None => {
                self.listens = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn lock<T>(shared: &Mutex<Shared<T>>) -> MutexGuard<'_, Shared<T>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The end that tells. When it is gone, the listener gets what waits, and then nothing.
pub(crate) struct Sender<T>(Arc<Mutex<Shared<T>>>);

impl<T> Sender<T> {
    /// Tells something; false when nobody listens any more, or so much waits already that it cannot.
    pub(crate) fn tell(&self, what: T) -> bool {
        let mut shared = lock(&self.0);
        if shared.ended || shared.waiting.len() >= shared.most {
            return false;
        }
        shared.waiting.push_back(what);
        let listens = shared.listens.take();
        drop(shared);
        listens.into_iter().for_each(Waker::wake);
        true
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut shared = lock(&self.0);
        shared.ended = true;
        let listens = shared.listens.take();
        drop(shared);
        listens.into_iter().for_each(Waker::wake);
    }
}

/// The end that listens.
pub(crate) struct Receiver<T>(Arc<Mutex<Shared<T>>>);

impl<T> Receiver<T> {
    /// The next entry; none when nothing will come any more. To give up waiting loses nothing.
    pub(crate) async fn next(&mut self) -> Option<T> {
        poll_fn(|cx| lock(&self.0).poll_next(cx)).await
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        lock(&self.0).ended = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_told_is_heard_in_its_order_and_the_end_too() {
        let (sender, mut receiver) = queue(3);
        let told = tokio::spawn(async move {
            let mut told = Vec::new();
            while let Some(next) = receiver.next().await {
                told.push(next);
            }
            told
        });
        for n in 0..6 {
            while !sender.tell(n) {
                tokio::task::yield_now().await;
            }
        }
        drop(sender);
        assert_eq!(told.await.expect("heard"), [0, 1, 2, 3, 4, 5]);
    }

    #[tokio::test]
    async fn one_who_does_not_listen_is_told_no_more() {
        let (sender, mut receiver) = queue(2);
        assert!(sender.tell(1) && sender.tell(2) && !sender.tell(3));
        assert_eq!(receiver.next().await, Some(1));
        assert!(sender.tell(4) && !sender.tell(5));
        drop(receiver);
        assert!(!sender.tell(6));
    }
}
