//! A relay before the database that can fall silent as a failed machine does: nothing is passed on, and nothing closed.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::runtime::{beside, listener};

/// The relay.
pub struct Gate {
    /// Connections with a smaller number are silent.
    silent: watch::Sender<u64>,
    /// How many there were.
    count: watch::Sender<u64>,
}

impl Gate {
    /// A gate before the server of an address; gives the address that leads through it.
    pub fn before(url: &str) -> (Self, String) {
        let config: tokio_postgres::Config = url.parse().expect("an address");
        let port = config.get_ports()[0];
        let listener = listener();
        let own = listener.local_addr().expect("an address").port();
        let gate = Self { silent: watch::Sender::new(0), count: watch::Sender::new(0) };
        beside(accept(listener, port, gate.silent.clone(), gate.count.clone()));
        (gate, url.replace(&format!(":{port}/"), &format!(":{own}/")))
    }

    /// From now on nothing comes through, old or new.
    pub fn fall_silent(&self) {
        self.silent.send_replace(u64::MAX);
    }

    /// What is new comes through again; what was there stays silent.
    pub fn let_new_ones_through(&self) {
        self.silent.send_replace(*self.count.borrow());
    }
}

async fn accept(listener: std::net::TcpListener, port: u16, silent: watch::Sender<u64>, count: watch::Sender<u64>) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    while let Ok((near, _)) = listener.accept().await {
        let number = *count.borrow();
        count.send_replace(number + 1);
        tokio::spawn(pass_on(near, ([127, 0, 0, 1], port).into(), number, silent.subscribe()));
    }
}

async fn pass_on(mut near: TcpStream, server: SocketAddr, number: u64, mut silent: watch::Receiver<u64>) {
    tokio::select! {
        biased;
        _ = silent.wait_for(|below| number < *below) => {}
        () = async {
            let mut far = TcpStream::connect(server).await.expect("the server");
            // The server sees the end of what is silenced, as one does that has failed: it holds no rows.
            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        } => return,
    }
    std::future::pending::<()>().await;
    drop(near);
}
