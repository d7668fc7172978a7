/** The protocol's JSON Schemas as checks. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const FOLDER = new URL('./schemas/', import.meta.url);

let loaded: Ajv2020 | undefined;

/** The validator of a schema by its file name, such as `cartesia.client.message.json`. */
export function validator(name: string): ValidateFunction {
  loaded ??= load();
  const validate = loaded.getSchema(name);
  assert.ok(validate, `there is no schema ${name}`);
  return validate;
}

/** Fails with what is wrong where `value` does not match the schema. */
export function assertValid(name: string, value: unknown): void {
  const validate = validator(name);
  assert.ok(
    validate(value),
    `${JSON.stringify(value).slice(0, 500)} is no ${name}: ${JSON.stringify(validate.errors)}`,
  );
}

function load(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  for (const file of readdirSync(FOLDER)) ajv.addSchema(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));
  return ajv;
}
