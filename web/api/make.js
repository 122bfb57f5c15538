/**
 * Prints the types of the server's answers and frames, made of its document, which comes by standard input.
 * `scripts/types` is how it is called.
 */
import { text } from 'node:stream/consumers';
import openapi, { astToString } from 'openapi-typescript';

const { openapi: version, info, paths, components } = JSON.parse(await text(process.stdin));

/** The schema of an answer that is JSON; of another one nothing is said. */
function answer({ responses }) {
  const good = Object.keys(responses).find((code) => code < '300');
  return responses[good]?.content?.['application/json']?.schema ?? {};
}

// Parameters and refusals are left out, and a line says of a route what the tool would say in forty.
const routes = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, answer(operation)]),
);
const { Answers: taken, ...schemas } = components.schemas;
if (taken) throw new Error('the document has a schema with the name Answers');
// Lists that are in an answer twice, as `name` and as `name[]`, would make lists of all other fields.
for (const schema of Object.values(schemas)) delete schema.patternProperties;
const Answers = { type: 'object', properties: Object.fromEntries(routes), required: routes.map(([route]) => route) };

const document = { openapi: version, info, paths: {}, components: { schemas: { Answers, ...schemas } } };
const types = await openapi(document, { silent: true, defaultNonNullable: false });
process.stdout.write('/** Made by `make types` out of the document of the API: change the server instead. */\n\n');
process.stdout.write(astToString(types));
