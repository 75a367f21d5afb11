import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';

export const openInNode = (name: BackendName): Promise<ComputeBackend> => openBackend(name);
