/** A real IMAP server beside the test: Dovecot (`scripts/dovecot`), and mailboxes on it that become sources. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from './until.js';

const script = resolve(import.meta.dirname, '../../../scripts/dovecot');

export class Dovecot {
  #process;

  static async start() {
    const dovecot = new Dovecot();
    const child = spawn(script, { stdio: ['pipe', 'pipe', 'inherit'] });
    dovecot.#process = child;
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    dovecot.port = Number(line.split(' ')[0]);
    return dovecot;
  }

  /** Says commands as somebody, one after the other; each must be answered with yes. */
  async say(user, commands) {
    const line = connect(this.port, '127.0.0.1');
    const answers = createInterface({ input: line })[Symbol.asyncIterator]();
    let number = 0;
    for (const command of [`LOGIN ${user} secret`, ...commands]) {
      const tag = `t${(number += 1)}`;
      line.write(`${tag} ${command}\r\n`);
      for (;;) {
        const { value = `${tag} the line is closed` } = await answers.next();
        if (!value.startsWith(`${tag} `)) continue;
        if (!value.startsWith(`${tag} OK`)) throw new Error(`${command.slice(0, 60)}: ${value}`);
        break;
      }
    }
    line.end();
  }

  /** Puts mails into somebody's mailbox. */
  append(user, ...mails) {
    return this.say(user, mails.map((mail) => `APPEND INBOX {${Buffer.byteLength(mail)}+}\r\n${mail}`));
  }

  async stop() {
    const ended = once(this.#process, 'exit');
    this.#process.stdin.end();
    await ended;
  }
}

/** A mail as somebody could have written it: its headers, and its body. */
export function mail({ body, ...headers }) {
  const all = { To: 'Desk <desk@shop.test>', Date: 'Mon, 2 Mar 2026 08:00:00 +0000', 'MIME-Version': '1.0', ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${head.join('')}\r\n${body.replaceAll(/\r?\n/g, '\r\n')}\r\n`;
}

/** The same in HTML. */
export const htmlMail = (parts) => mail({ 'Content-Type': 'text/html; charset=utf-8', ...parts });

/** A source that fetches all of somebody's mail; given once the first run has ended. */
export async function makeMailbox(server, dovecot, user, { name = 'Post', ...settings } = {}) {
  const community = await server.api('POST', '/1.0/communities', { type: 'email', name: `Writers to ${name}` });
  const source = await server.api('POST', '/1.0/content_sources', {
    type: 'email',
    name,
    community_id: community.id,
    imap_smtp_email: 'desk@shop.test',
    imap_address: '127.0.0.1',
    imap_port: dovecot.port,
    imap_use_ssl_tls: false,
    imap_use_start_tls: false,
    imap_username: user,
    imap_password: 'secret',
    import_from: 'all',
    active: true,
    ...settings,
  });
  const ran = async () => (await server.api('GET', `/1.0/content_sources/${source.id}/health`)).runs.length > 0;
  await until(ran, `${name} is read`, 30_000);
  return { ...source, community };
}
