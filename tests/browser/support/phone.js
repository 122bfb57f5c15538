/** An authenticator app: six digits of a key, another one each thirty seconds (RFC 6238). */
import { createHmac } from 'node:crypto';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP = 30_000;

export class Phone {
  #last = 0;

  constructor(key) {
    const bits = [...key.replace(/\s/g, '')].map((digit) => DIGITS.indexOf(digit).toString(2).padStart(5, '0')).join('');
    this.key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  }

  /** A code that was not given yet: each counts once. The next one is taken half a minute before its time. */
  code() {
    const now = Math.floor(Date.now() / STEP);
    this.#last = Math.max(now, this.#last + 1);
    if (this.#last > now + 1) throw new Error('so many codes at once are not taken');
    const step = Buffer.alloc(8);
    step.writeBigInt64BE(BigInt(this.#last));
    const tag = createHmac('sha1', this.key).update(step).digest();
    const number = tag.readUInt32BE(tag.at(-1) & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, '0');
  }
}
