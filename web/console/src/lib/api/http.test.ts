import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { Schemas } from '../../../../api';
import { del, get, put } from './http';

const answered = vi.fn(async () => new Response('{}'));
vi.stubGlobal('fetch', answered);
afterEach(() => answered.mockClear());

/** Held by the compiler: `npm run check`. */
describe('a call', () => {
  const id: string = '7';

  it('answers what the document says of its route', () => {
    expectTypeOf(get(`/console/threads/${id}`)).resolves.toEqualTypeOf<Schemas['InboxThread']>();
    expectTypeOf(put(`/1.0/tags/${id}`, {})).resolves.toEqualTypeOf<Schemas['Tag']>();
    expectTypeOf(del(`/1.0/communities/${id}/jwt_keys/${id}`)).resolves.toEqualTypeOf<Schemas['JwtKey']>();
    expect(answered).toHaveBeenCalledTimes(3);
  });

  it('goes to a route that the server has', () => {
    // @ts-expect-error there is no such path
    void get('/console/thread');
    // @ts-expect-error there is nothing below it
    void get(`/console/threads/${id}/contents`);
    // @ts-expect-error it takes another method
    void get(`/console/threads/${id}/read`);
    expect(answered).toHaveBeenCalledTimes(3);
  });
});
