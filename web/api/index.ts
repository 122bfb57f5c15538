/** What the server answers, as its document says it. `openapi.ts` is made of that document, by `make types`. */

import type { components } from './openapi';

/** What the document describes, by its names. */
export type Schemas = components['schemas'];

type Answers = Schemas['Answers'];

/** A route as calls write it: `GET /1.0/tags/${string}` for `GET /1.0/tags/{id}`. */
type Written<Route> = Route extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${Written<After>}`
  : Route;

type Same<A, B> = [A, B] extends [B, A] ? true : false;

/** The route that a call names; `never` where the server has no such route. */
type RouteOf<Method extends string, Path extends string> = {
  [R in keyof Answers]: Same<`${Method} ${Path}`, Written<R>> extends true ? R : never;
}[keyof Answers];

/** A path that the server has: `path: P & Known<'GET', P>` takes no other one. */
export type Known<Method extends string, Path extends string> = [RouteOf<Method, Path>] extends [never] ? never : unknown;

/** What the server answers to a call. */
export type Answer<Method extends string, Path extends string> = Answers[RouteOf<Method, Path>];
