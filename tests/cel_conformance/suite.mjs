// Writes the public suite as JSON that the runner reads: suite.mjs CONFORMANCE.mjs. One array of cases: those of the
// package (protobuf's JSON of cel.expr.conformance.test.SimpleTest), each with its place in the suite as "path".
import { pathToFileURL } from "node:url";

const { tests } = await import(pathToFileURL(process.argv[2]).href);

function* cases(suite, path) {
  for (const test of suite.tests ?? []) yield { path: [...path, test.original.name].join("/"), ...test.original };
  for (const inner of suite.suites ?? []) yield* cases(inner, [...path, inner.name]);
}

// Doubles as text, so that the runner reads exactly what is meant: -0 as well.
const exact = (key, value) =>
  key === "doubleValue" && typeof value === "number" ? (Object.is(value, -0) ? "-0" : String(value)) : value;

process.stdout.write(JSON.stringify([...cases(tests, [])], exact) + "\n");
