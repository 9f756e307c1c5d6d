import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Renders its host at each full second, as long as the host wants that and somebody can see it. */
export class Ticker implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #wanted: () => boolean;
  readonly #now: () => number;
  #timer: number | undefined;

  /** @param now the clock that the host shows, ms: the beat falls on its full seconds */
  constructor(host: ReactiveControllerHost, wanted: () => boolean, now: () => number) {
    this.#host = host;
    this.#wanted = wanted;
    this.#now = now;
  }

  hostConnected(): void {
    document.addEventListener('visibilitychange', this.#visibilityChanged);
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    document.removeEventListener('visibilitychange', this.#visibilityChanged);
    this.#stop();
  }

  hostUpdated(): void {
    this.#schedule();
  }

  readonly #visibilityChanged = (): void => {
    if (document.visibilityState === 'visible') this.#host.requestUpdate();
    else this.#stop();
  };

  #schedule(): void {
    if (!this.#wanted() || document.visibilityState !== 'visible') this.#stop();
    else this.#start();
  }

  #start(): void {
    if (this.#timer !== undefined) return;
    const untilNextSecond = 1000 - (Math.floor(this.#now()) % 1000);
    this.#timer = window.setTimeout(() => {
      this.#timer = undefined;
      this.#host.requestUpdate();
    }, untilNextSecond);
  }

  #stop(): void {
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
