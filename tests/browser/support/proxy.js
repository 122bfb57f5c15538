/** A TCP proxy before the server, whose line can be cut. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class Proxy {
  #pairs = new Set();
  #mode = 'whole';

  static async start(port) {
    const proxy = new Proxy();
    proxy.target = port;
    proxy.listener = createServer((client) => proxy.#carry(client)).listen(0, '127.0.0.1');
    await once(proxy.listener, 'listening');
    proxy.url = `http://127.0.0.1:${proxy.listener.address().port}`;
    return proxy;
  }

  /** Drops every connection and refuses new ones. */
  cut() {
    this.#mode = 'cut';
    this.#drop();
  }

  /** Drops every connection; of new ones the requests arrive, and their answers are lost. */
  loseAnswers() {
    this.#mode = 'deaf';
    this.#drop();
  }

  mend() {
    this.#mode = 'whole';
    this.#drop();
  }

  async stop() {
    this.#drop();
    this.listener.close();
    await once(this.listener, 'close');
  }

  #drop() {
    for (const pair of this.#pairs) pair.forEach((socket) => socket.destroy());
    this.#pairs.clear();
  }

  #carry(client) {
    if (this.#mode === 'cut') {
      client.destroy();
      return;
    }
    const server = connect(this.target, '127.0.0.1');
    const pair = [client, server];
    this.#pairs.add(pair);
    const end = () => {
      pair.forEach((socket) => socket.destroy());
      this.#pairs.delete(pair);
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    client.pipe(server);
    if (this.#mode === 'deaf') server.once('data', end);
    else server.pipe(client);
  }
}
