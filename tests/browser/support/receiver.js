/** A webhook's endpoint inside the test: it confirms, and answers as it is told. */
import { createServer } from 'node:http';
import { once } from 'node:events';

export class Receiver {
  /** What arrived, as parsed bodies with their headers. */
  received = [];
  /** The status of the next answers. */
  status = 200;
  answer = 'thank you';

  static async start() {
    const receiver = new Receiver();
    receiver.http = createServer(async (request, response) => {
      const challenge = new URL(request.url, 'http://receiver.test').searchParams.get('hub.challenge');
      if (challenge !== null) {
        response.end(challenge);
        return;
      }
      let body = '';
      for await (const part of request) body += part;
      receiver.received.push({ headers: request.headers, ...JSON.parse(body) });
      response.writeHead(receiver.status).end(receiver.answer);
    }).listen(0, '127.0.0.1');
    await once(receiver.http, 'listening');
    receiver.url = `http://127.0.0.1:${receiver.http.address().port}/hook`;
    return receiver;
  }

  async stop() {
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, 'close');
  }
}
