/** A server's "no" to one request, before it is written in the shape that the client's version expects. */

export interface RefusalFacts {
  /** HTTP-style status. */
  readonly status: number;
  readonly title: string;
  readonly message: string;
  /** Cartesia's `error_code`, where one is known to exist. */
  readonly code?: string;
  readonly contextId?: string;
}

export class Refusal extends Error {
  readonly facts: RefusalFacts;

  constructor(facts: RefusalFacts) {
    super(facts.message);
    this.name = 'Refusal';
    this.facts = facts;
  }

  /** The same refusal, tied to a context. */
  on(contextId: string): Refusal {
    return new Refusal({ ...this.facts, contextId });
  }
}
