import { MemoryOutboxStore } from '../../src/memory/memory-outbox-store.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { storeCases } from './store-cases.ts';
import { outboxStoreCases } from './store-outbox-cases.ts';

storeCases('memory', () => Promise.resolve(new MemoryStore()));
outboxStoreCases('memory', () => Promise.resolve(new MemoryOutboxStore()));
