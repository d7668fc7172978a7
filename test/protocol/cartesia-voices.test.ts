import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readVoice, readVoicesPage } from '../../src/protocol/cartesia-voices.ts';

describe("Cartesia's voices", () => {
  it('are read with what is known of them', () => {
    const entry = {
      id: 'a1',
      name: 'Ann',
      language: 'en',
      gender: 'feminine',
      description: 'warm',
      country: 'GB',
      accent: 'northern',
      is_owner: true,
      created_at: '2024-01-01T00:00:00Z',
      tagline: 'x',
      more: 1,
    };
    assert.deepEqual(readVoice(entry), {
      id: 'a1',
      name: 'Ann',
      language: 'en',
      gender: 'feminine',
      description: 'warm',
      country: 'GB',
      accent: 'northern',
      mine: true,
      createdAt: '2024-01-01T00:00:00Z',
    });
  });

  it('all but the id may be missing, null, blank or of another type', () => {
    assert.deepEqual(readVoice({ id: 'a1' }), { id: 'a1', name: 'a1' });
    assert.deepEqual(readVoice({ id: 'a1', name: null, language: 7, gender: {}, description: ' ' }), {
      id: 'a1',
      name: 'a1',
    });
    for (const odd of [null, [], 'x', 7, {}, { id: 7 }, { id: '' }, { name: 'Ann' }])
      assert.equal(readVoice(odd), undefined);
    assert.equal(readVoice({ id: 'a1', description: 'x'.repeat(1e6) })?.description?.length, 2000);
  });

  it('a page names the next one by its cursor, else by its last voice, and the last one names none', () => {
    const data = [{ id: 'a' }, { id: 'b' }];
    assert.equal(readVoicesPage({ data, has_more: true, next_page: 'c' })?.next, 'c');
    assert.equal(readVoicesPage({ data, has_more: true })?.next, 'b');
    assert.equal(readVoicesPage({ data })?.next, 'b');
    assert.equal(readVoicesPage({ data, has_more: false, next_page: 'c' })?.next, undefined);
    assert.equal(readVoicesPage({ data: [], has_more: true, next_page: 'c' })?.next, undefined);
  });

  it('the list without pages of older versions is read, anything else is not', () => {
    assert.deepEqual(readVoicesPage([{ id: 'a' }]), { voices: [{ id: 'a', name: 'a' }], next: undefined });
    for (const odd of [null, 'x', {}, { data: {} }, { data: 'x' }]) assert.equal(readVoicesPage(odd), undefined);
  });
});
