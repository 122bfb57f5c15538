/** A program in a process of its own that prints one line of JSON for each thing that happens. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { until } from './until.js';

export class Program {
  constructor(command, args, env) {
    this.notes = [];
    this.child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    process.once('exit', () => this.child.kill('SIGKILL'));
    createInterface({ input: this.child.stdout }).on('line', (line) => this.notes.push(JSON.parse(line)));
  }

  /** Waits for a note with this `what` and with these values; gives it. */
  async noted(what, more = {}) {
    const fits = (note) => note.what === what && Object.entries(more).every(([key, value]) => note[key] === value);
    const wanted = `${what} ${JSON.stringify(more)}`;
    return until(() => {
      const failed = this.notes.find((note) => note.what === 'failed');
      if (failed) throw new Error(JSON.stringify(failed));
      if (this.child.exitCode !== null) throw new Error(`it has ended with ${this.child.exitCode}`);
      return this.notes.find(fits);
    }, `the program to say: ${wanted}`);
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
