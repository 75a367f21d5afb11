import type { PageHints } from '../protocol/messages.ts';
import { BUSY_PAUSE_MS, unknownDevice, type DeviceHints } from '../versions/learning-plan.ts';
import type { Environment, TabMessage, Tabs } from './environment.ts';

export interface DeviceWatchParts {
  readonly environment: Pick<Environment, 'delay' | 'onPressure'>;
  readonly tabs: Pick<Tabs, 'show' | 'isAnyShown' | 'post'>;
  /** Called at every change, and again and again while the device is busy: its pauses end by themselves. */
  readonly onHints: (hints: DeviceHints) => void;
}

/**
 * What is known of the device and of whether anybody looks. One tab learns for all, and it need not be the one that the visitor sees: a page is hidden where
 * no tab's is shown, and what one tab's worker hears of the load it tells the others, because browsers measure it for the page in front alone.
 */
export class DeviceWatch {
  readonly #parts: DeviceWatchParts;
  #page: PageHints | null = null;
  #hints = unknownDevice;
  #isWaiting = false;

  constructor(parts: DeviceWatchParts) {
    this.#parts = parts;
    parts.environment.onPressure((busy) => {
      parts.tabs.post({ type: busy ? 'busy' : 'calm', modelKey: '' });
      this.#set({ busy });
    });
  }

  /** Whether a page tells it what it knows. */
  get hasPage(): boolean {
    return this.#page !== null;
  }

  get hints(): DeviceHints {
    return this.#hints;
  }

  /** What this worker's page says. */
  async hear(page: PageHints): Promise<void> {
    const { tabs } = this.#parts;
    const wasShown = this.#page ? !this.#page.hidden : null;
    this.#page = page;
    if (wasShown !== !page.hidden) {
      await tabs.show(!page.hidden);
      tabs.post({ type: 'shown', modelKey: '' });
    }
    await this.look();
  }

  /** What another tab's worker says. */
  async heard(type: TabMessage['type']): Promise<void> {
    if (type === 'busy' || type === 'calm') this.#set({ busy: type === 'busy' });
    if (type === 'shown') await this.look();
  }

  /** Looks whether any tab is still shown: one that was killed has not said so. */
  async look(): Promise<void> {
    const page = this.#page;
    if (!page) return;
    const hidden = page.hidden && !(await this.#parts.tabs.isAnyShown());
    // Said again in the meantime.
    if (page !== this.#page) return;
    // Nobody measures the load while nothing is shown.
    this.#set({ battery: page.battery, charging: page.charging, hidden, ...(hidden && { busy: null }) });
  }

  #set(changed: Partial<DeviceHints>): void {
    const hints = { ...this.#hints, ...changed };
    if (Object.entries(hints).every(([name, value]) => this.#hints[name as keyof DeviceHints] === value)) return;
    this.#hints = hints;
    this.#parts.onHints(hints);
    if (hints.busy === true) void this.#remind();
  }

  async #remind(): Promise<void> {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    while (this.#hints.busy === true) {
      await this.#parts.environment.delay(BUSY_PAUSE_MS);
      this.#parts.onHints(this.#hints);
    }
    this.#isWaiting = false;
  }
}
