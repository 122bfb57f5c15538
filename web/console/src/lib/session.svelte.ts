import { Again } from './again';
import { ApiError, get, put, request, setCsrf, whenSignedOut, whenStale } from './api/http';
import type { Id, Permission, SecondStep, Session } from './api/types';
import { locale } from './i18n.svelte';
import { live } from './live/socket.svelte';
import { arrived, left, whenSomebodyElse } from './person';
import { ui } from './ui.svelte';

class SessionState {
  status = $state<'unknown' | 'unreachable' | 'out' | 'in'>('unknown');
  current = $state.raw<Session | null>(null);
  /** True when the server ended a session that was in use, which the sign-in page explains. */
  expired = $state(false);
  /** The password fitted, and the second factor is still to come. */
  half = $state.raw<SecondStep | null>(null);
  /** For whoever must set one up at once, and would be asked for the password again. */
  private password = '';
  /** Whose data this page has in its memory. */
  private shown: Id | null = null;

  private again = new Again(() => void this.restore());

  constructor() {
    // Asked once more: a request may have gone out under a session that another one has taken the place of meanwhile.
    whenSignedOut(() => void this.refresh());
    whenStale(() => this.refresh());
    whenSomebodyElse(
      () => this.shown,
      () => this.startAnew(),
    );
    // A page that the browser has kept alive for its back button may be of somebody who has left.
    addEventListener('pageshow', (event) => event.persisted && location.reload());
  }

  get user() {
    return this.current!.user;
  }

  can(...anyOf: Permission[]): boolean {
    return anyOf.some((permission) => this.current?.user.role.permissions.includes(permission));
  }

  async restore(): Promise<void> {
    try {
      this.begin(await get('/console/session'));
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 401) this.end(false);
      else this.status = 'unreachable';
      this.again.failed(cause);
    }
  }

  /** Signs in; with a new password, that is theirs from now on. */
  async signIn(email: string, password: string, newPassword?: string): Promise<void> {
    const body = { email, password, ...(newPassword ? { new_password: newPassword } : {}) };
    const answer = await request('POST', '/console/session', { body });
    if ('token' in answer) {
      this.half = answer;
      return;
    }
    if (answer.awaits_second_factor) this.password = newPassword ?? password;
    this.begin(answer);
  }

  /** The other half of signing in. */
  async step(shown: { code: string } | { recovery_code: string }, newPassword?: string): Promise<void> {
    const body = { token: this.half?.token, ...shown, ...(newPassword ? { new_password: newPassword } : {}) };
    const answer = await request('POST', '/console/session/code', { body });
    this.half = null;
    this.begin(answer);
  }

  /** The password that was just given, once. */
  takePassword(): string {
    const given = this.password;
    this.password = '';
    return given;
  }

  /** Sets the first password of an invited user, and signs them in. */
  async accept(token: string, password: string): Promise<void> {
    const { email } = await request('POST', '/console/invitation', { body: { token, password } });
    await this.signIn(email, password);
  }

  /** Changes the password; this browser stays signed in, every other one is not any more. */
  async changePassword(password: string, newPassword: string): Promise<void> {
    const body = { password, new_password: newPassword };
    this.begin(await request('PUT', '/console/password', { body }));
  }

  /** Signs out here, whatever the server says; everywhere only when it has done so. */
  async signOut(everywhere = false): Promise<void> {
    const done = request('DELETE', '/console/session', { query: { everywhere: everywhere || null } });
    await (everywhere ? done : done.catch(() => {}));
    left();
    this.startAnew();
  }

  private begin(session: Session): void {
    if (arrived(session.user.id, this.shown)) return this.startAnew();
    this.shown = session.user.id;
    this.again.done();
    setCsrf(session.csrf);
    if (!locale.untold) locale.adopt(session.user.locale);
    else if (!session.awaits_second_factor) void this.tellLanguage();
    ui.adopt(session.profile);
    this.current = session;
    this.expired = false;
    this.status = 'in';
    if (!session.awaits_second_factor) live.start(() => void this.refresh());
  }

  /** Speaks another language here, and wherever they sign in. */
  async speak(id: string): Promise<void> {
    await locale.choose(id);
    await this.tellLanguage();
  }

  /** Where that fails, the next page tells it. */
  private async tellLanguage(): Promise<void> {
    const chosen = locale.untold;
    if (chosen) await put('/console/profile', { locale: chosen }).then(() => locale.adopt(chosen), () => {});
  }

  private end(expired: boolean): void {
    this.expired = expired && this.status === 'in';
    live.stop();
    setCsrf('');
    this.current = null;
    this.status = 'out';
  }

  /** A page that begins again has nothing of the one before in its memory or its address. */
  private startAnew(): void {
    live.stop();
    this.status = 'unknown';
    location.replace('/');
  }

  /**
   * Takes what the server has of the session now: what its user may do can have changed, and another page can have begun it anew.
   * A refused socket says nothing about why; only an answer of 401 means that it is over. Tells whether it goes on.
   */
  async refresh(): Promise<boolean> {
    try {
      const session = await get('/console/session');
      if (this.status !== 'in' || session.user.id !== this.shown) return false;
      setCsrf(session.csrf);
      this.current = session;
      if (session.awaits_second_factor) live.stop();
      return true;
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 401) this.end(true);
      return false;
    }
  }
}

export const session = new SessionState();
