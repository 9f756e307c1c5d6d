import { css } from 'lit';

/** What every card of ours begins with: Home Assistant's sizes and colours, with values for where it has none. */
export const surface = css`
  :host {
    --space: var(--ha-space-1, 4px);
    --text: var(--primary-text-color, #141414);
    --quiet: var(--secondary-text-color, #5e5e5e);
    --accent: var(--primary-color, #009ac7);
    --line: var(--divider-color, rgba(0, 0, 0, 0.12));
    --card: var(--ha-card-background, var(--card-background-color, #fff));
    --alert: var(--error-color, #db4437);
    --warn: var(--warning-color, #ffa600);
    --good: var(--success-color, #43a047);
    /* Accents are too pale for small text in light themes and too deep in dark ones: mixed with the text's. */
    --accent-text: color-mix(in srgb, var(--accent) 60%, var(--text));
    --alert-text: color-mix(in srgb, var(--alert) 70%, var(--text));
    display: block;
    height: 100%;
    container-type: inline-size;
    color: var(--text);
    font-family: var(--ha-font-family-body, Roboto, Noto, sans-serif);
    font-size: var(--ha-font-size-m, 14px);
    line-height: 1.4;
    -webkit-font-smoothing: var(--ha-font-smoothing, antialiased);
  }
  ha-card {
    display: block;
    box-sizing: border-box;
    height: 100%;
    overflow: hidden auto;
  }
  ha-card:not(:defined) {
    background: var(--card);
    border: var(--ha-card-border-width, 1px) solid var(--ha-card-border-color, var(--line));
    border-radius: var(--ha-card-border-radius, 12px);
    box-shadow: var(--ha-card-box-shadow, none);
  }
  .icon {
    display: block;
    flex: none;
    width: 20px;
    height: 20px;
    fill: currentcolor;
  }
  .only-read {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  button,
  select {
    font: inherit;
    color: inherit;
  }
  button {
    border: 0;
    background: none;
    cursor: pointer;
    -webkit-tap-highlight-color: transparent;
  }
  :is(button, select):focus-visible,
  [tabindex]:focus-visible {
    outline: 2px solid var(--accent-text);
    outline-offset: 2px;
  }
`;
