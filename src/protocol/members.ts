/** Messages from a client, member by member: what it must be, or a refusal that says so. */
import { Refusal } from './refusal.ts';

/** The members of an object that was sent to us, each read as what it must be; null is absence. */
export class Members {
  readonly #members: Record<string, unknown>;

  constructor(members: Record<string, unknown>) {
    this.#members = members;
  }

  get(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? (this.#members[name] ?? undefined) : undefined;
  }

  string(name: string): string | undefined {
    return this.#typed(name, 'a string', (value): value is string => typeof value === 'string');
  }

  boolean(name: string): boolean {
    return this.#typed(name, 'true or false', (value): value is boolean => typeof value === 'boolean') ?? false;
  }

  object(name: string): Record<string, unknown> | undefined {
    const value = this.get(name);
    if (value === undefined || (name === 'voice' && typeof value === 'string')) return undefined;
    if (!isObject(value)) throw bad(`${name} must be an object`);
    return value;
  }

  number(name: string, least: number, most: number): number | undefined {
    const range = `a number from ${least} to ${most}`;
    const inRange = (value: unknown): value is number => typeof value === 'number' && value >= least && value <= most;
    return this.#typed(name, range, inRange);
  }

  integer(name: string, least: number, most: number): number | undefined {
    const value = this.number(name, least, most);
    if (value !== undefined && !Number.isInteger(value)) throw bad(`${name} must be a whole number`);
    return value;
  }

  #typed<T>(name: string, kind: string, is: (value: unknown) => value is T): T | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (!is(value)) throw bad(`${name} must be ${kind}`);
    return value;
  }
}

/** @throws Refusal for a text frame that is not JSON, or no object. */
export function parseMessage(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('the message is not JSON', 'Invalid message');
  }
  if (!isObject(value)) throw bad('the message is not an object', 'Invalid message');
  return value;
}

/** An object written as JSON; undefined for anything else. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses a message for want of a member. */
export function missing(name: string): never {
  throw bad(`${name} is required`);
}

/** What is wrong with a message as such. */
export function bad(message: string, title = 'Invalid request'): Refusal {
  return new Refusal({ status: 400, title, message });
}
