/** An SMTP server that takes every mail and keeps it, but for those whom it is told to refuse. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

export class Smtp {
  /** What came: from whom, to whom, and the mail. */
  mails = [];
  /** Addresses that are refused. */
  refused = new Set();
  #server;

  static async start() {
    const smtp = new Smtp();
    smtp.#server = createServer((line) => smtp.#talk(line).catch(() => line.destroy())).listen(0, '127.0.0.1');
    await once(smtp.#server, 'listening');
    smtp.port = smtp.#server.address().port;
    return smtp;
  }

  async #talk(line) {
    const say = (text) => line.write(`${text}\r\n`);
    const address = (command) => /<([^>]*)>/.exec(command)?.[1] ?? '';
    let mail = { to: [] };
    let data = null;
    say('220 smtp.test');
    for await (const said of createInterface({ input: line, crlfDelay: Infinity })) {
      if (data) {
        if (said !== '.') data.push(said.replace(/^\./, ''));
        else {
          this.mails.push({ ...mail, text: data.join('\n') });
          [mail, data] = [{ to: [] }, null];
          say('250 2.0.0 taken');
        }
        continue;
      }
      const verb = said.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') line.write('250-smtp.test\r\n250-8BITMIME\r\n250 SIZE 30000000\r\n');
      else if (verb === 'RCPT' && this.refused.has(address(said))) say('550 5.1.1 nobody of that name here');
      else if (verb === 'DATA') {
        data = [];
        say('354 go on');
      } else if (verb === 'QUIT') {
        say('221 bye');
        line.end();
      } else {
        if (verb === 'MAIL') mail.from = address(said);
        if (verb === 'RCPT') mail.to.push(address(said));
        say('250 2.0.0 yes');
      }
    }
  }

  async stop() {
    this.#server.close();
    await once(this.#server, 'close');
  }
}
