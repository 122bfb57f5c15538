/** Stands before a chat's server and answers in its place what it offers, for browsers whose requests nobody can route. */
import { createServer, request } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';

const OPEN = { 'access-control-allow-origin': '*', 'content-type': 'application/json' };

export class Front {
  /** Before the server at this port; `targeting` is what `GET targeting` answers. */
  static async start(port, targeting) {
    const front = new Front();
    front.http = createServer((from, to) => {
      if (from.url.includes('/targeting?')) return to.writeHead(200, OPEN).end(JSON.stringify(targeting));
      const own = from.url.endsWith('/config');
      const { method, url } = from;
      // What is read here must not come compressed.
      const headers = own ? { ...from.headers, 'accept-encoding': 'identity' } : from.headers;
      const ask = request({ host: '127.0.0.1', port, method, path: url, headers }, async (answer) => {
        if (!own) return void answer.pipe(to.writeHead(answer.statusCode, answer.headers));
        const config = JSON.parse(Buffer.concat(await answer.toArray()).toString());
        to.writeHead(200, OPEN).end(JSON.stringify({ ...config, targeting: { version: targeting.version } }));
      });
      ask.on('error', () => to.destroy());
      from.pipe(ask);
    });
    front.http.on('upgrade', (from, socket, head) => {
      const ahead = connect(port, '127.0.0.1', () => {
        const lines = Object.entries(from.headers).map(([name, value]) => `${name}: ${value}\r\n`);
        ahead.write(`GET ${from.url} HTTP/1.1\r\n${lines.join('')}\r\n`);
        ahead.write(head);
        socket.pipe(ahead).pipe(socket);
      });
      for (const one of [socket, ahead]) one.on('error', () => (socket.destroy(), ahead.destroy()));
    });
    front.http.listen(0, '127.0.0.1');
    await once(front.http, 'listening');
    front.url = `http://127.0.0.1:${front.http.address().port}`;
    return front;
  }

  async stop() {
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, 'close');
  }
}
