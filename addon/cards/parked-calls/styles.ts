import { css } from 'lit';
import { surface } from '../shared/surface.ts';

const header = css`
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: calc(2 * var(--space)) calc(3 * var(--space));
    padding: calc(2.5 * var(--space)) calc(3 * var(--space));
  }
  .badge {
    display: grid;
    place-items: center;
    flex: none;
    width: 36px;
    height: 36px;
    padding: 0;
    border-radius: 50%;
    color: var(--quiet);
    background: color-mix(in srgb, currentcolor 16%, transparent);
  }
  .badge .icon {
    width: 24px;
    height: 24px;
  }
  .busy .badge {
    color: var(--accent);
    background: color-mix(in srgb, currentcolor 20%, transparent);
  }
  .heading {
    flex: 1 1 7em;
    min-width: 0;
  }
  h2 {
    margin: 0;
    font-size: inherit;
    font-weight: var(--ha-font-weight-medium, 500);
    letter-spacing: 0.1px;
    outline-offset: 2px;
  }
  .summary {
    font-size: var(--ha-font-size-s, 12px);
    letter-spacing: 0.4px;
    color: var(--quiet);
  }
`;

const picker = css`
  .picker {
    position: relative;
    display: flex;
    align-items: center;
    max-width: 100%;
    min-width: 0;
    border-radius: var(--ha-border-radius-pill, 9999px);
    background: color-mix(in srgb, var(--text) 6%, transparent);
    transition: background var(--ha-animation-duration-fast, 150ms);
  }
  .picker:hover {
    background: color-mix(in srgb, var(--text) 10%, transparent);
  }
  .picker .icon {
    position: absolute;
    pointer-events: none;
    inset-inline-start: 10px;
    width: 16px;
    height: 16px;
    color: var(--quiet);
  }
  .picker .icon:last-child {
    inset-inline: auto 10px;
  }
  .picker.wanted {
    background: color-mix(in srgb, var(--accent) 18%, transparent);
  }
  .pbx {
    padding-inline-start: 34px;
    margin-inline-end: -28px;
    color: var(--quiet);
    white-space: nowrap;
  }
  select {
    appearance: none;
    min-width: 0;
    max-width: 15em;
    height: 36px;
    padding: 0;
    padding-inline: 34px 32px;
    border: 0;
    border-radius: inherit;
    background: none;
    text-overflow: ellipsis;
    cursor: pointer;
  }
  option {
    color: var(--text);
    background: var(--card);
  }
`;

const calls = css`
  h3 {
    display: flex;
    justify-content: space-between;
    gap: calc(2 * var(--space));
    margin: 0;
    padding: calc(2 * var(--space)) calc(3 * var(--space)) 0;
    border-top: 1px solid var(--line);
    font-size: var(--ha-font-size-s, 12px);
    font-weight: var(--ha-font-weight-medium, 500);
    letter-spacing: 0.4px;
    color: var(--quiet);
  }
  section:last-of-type {
    padding-bottom: var(--space);
  }
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .call {
    display: grid;
    grid-template: 'space who times act' auto 'space bar bar act' auto / auto minmax(0, 1fr) auto auto;
    align-items: center;
    column-gap: calc(3 * var(--space));
    row-gap: 6px;
    padding: calc(2 * var(--space)) calc(3 * var(--space));
    animation: arrive var(--ha-animation-duration-slow, 350ms) ease-out;
  }
  @keyframes arrive {
    from {
      opacity: 0;
      transform: translateY(-6px);
    }
  }
  .space {
    grid-area: space;
    box-sizing: border-box;
    display: grid;
    place-items: center;
    min-width: 44px;
    height: 44px;
    padding: 0 6px;
    border-radius: var(--ha-border-radius-lg, 12px);
    color: var(--accent-text);
    background: color-mix(in srgb, var(--accent) 14%, transparent);
    font-weight: var(--ha-font-weight-medium, 500);
    font-variant-numeric: tabular-nums;
  }
  .who {
    grid-area: who;
    min-width: 0;
  }
  .name,
  .detail {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .name {
    font-weight: var(--ha-font-weight-medium, 500);
  }
  .detail,
  .left {
    font-size: var(--ha-font-size-s, 12px);
    color: var(--quiet);
  }
  .times {
    grid-area: times;
    text-align: end;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .waited {
    font-weight: var(--ha-font-weight-medium, 500);
  }
  .bar {
    grid-area: bar;
    height: 4px;
    overflow: hidden;
    border-radius: 2px;
    background: color-mix(in srgb, var(--text) 10%, transparent);
  }
  .bar div {
    height: 100%;
    border-radius: inherit;
    background: var(--accent);
    transition:
      width 1s linear,
      background 1s;
  }
  .soon .bar div {
    background: var(--warn);
  }
  .now .bar div {
    background: var(--alert);
  }
  .now .left {
    color: var(--alert-text);
  }
  .act {
    grid-area: act;
    display: inline-flex;
    align-items: center;
    gap: 6px;
    height: 40px;
    padding: 0;
    padding-inline: 12px 16px;
    border-radius: var(--ha-border-radius-pill, 9999px);
    color: var(--accent-text);
    background: color-mix(in srgb, var(--accent) 16%, transparent);
    font-weight: var(--ha-font-weight-medium, 500);
    transition: background var(--ha-animation-duration-fast, 150ms);
  }
  .act:hover {
    background: color-mix(in srgb, var(--accent) 26%, transparent);
  }
  .act[aria-disabled='true'] {
    cursor: default;
    opacity: 0.6;
  }
  .spinner {
    box-sizing: border-box;
    width: 20px;
    height: 20px;
    border: 2px solid currentcolor;
    border-inline-end-color: transparent;
    border-radius: 50%;
    animation: turn 1s linear infinite;
  }
  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
`;

const rest = css`
  .free {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px;
    margin: 0;
    padding: calc(1.5 * var(--space)) calc(3 * var(--space)) calc(3 * var(--space));
    font-size: var(--ha-font-size-s, 12px);
    color: var(--quiet);
    font-variant-numeric: tabular-nums;
  }
  .free ul {
    display: contents;
  }
  .free li {
    padding: 1px 7px;
    border: 1px dashed var(--line);
    border-radius: var(--ha-border-radius-md, 8px);
  }
  .message {
    margin: 0;
    padding: 0 calc(3 * var(--space)) calc(3 * var(--space));
    color: var(--quiet);
  }
  .message strong {
    display: block;
    color: var(--text);
    font-weight: var(--ha-font-weight-medium, 500);
  }
  h3 + .message {
    padding-top: var(--space);
  }
  .notice {
    display: flex;
    align-items: center;
    gap: calc(2 * var(--space));
    margin: var(--space) calc(3 * var(--space)) calc(3 * var(--space));
    padding: calc(2 * var(--space)) calc(3 * var(--space));
    border-radius: var(--ha-border-radius-md, 8px);
    background: color-mix(in srgb, var(--tone) 14%, transparent);
    overflow-wrap: anywhere;
  }
  .notice > .icon,
  .notice > .spinner {
    flex: none;
    color: var(--tone);
  }
  .notice p {
    flex: 1;
    margin: 0;
  }
  .notice button {
    padding: 8px;
    margin: -8px;
    border-radius: 50%;
  }
  .notice.pending,
  .notice.hint {
    --tone: var(--accent);
  }
  .notice.done {
    --tone: var(--good);
  }
  .notice.failed {
    --tone: var(--alert);
  }
`;

const variants = css`
  .compact header {
    padding-block: calc(1.5 * var(--space));
  }
  .compact .call {
    grid-template: 'space who times act' auto 'bar bar bar bar' auto / auto minmax(0, 1fr) auto auto;
    padding-block: var(--space);
    row-gap: 4px;
  }
  .compact .space {
    min-width: 36px;
    height: 28px;
    border-radius: var(--ha-border-radius-md, 8px);
  }
  .compact .detail,
  .compact .badge,
  .compact .act span:not(.spinner) {
    display: none;
  }
  .compact .times {
    display: flex;
    gap: 8px;
    align-items: baseline;
  }
  .compact .act {
    height: 36px;
    padding: 0 12px;
  }
  .compact .bar {
    height: 2px;
  }
  @container (max-width: 400px) {
    .picker,
    .picker select {
      width: 100%;
      max-width: none;
    }
    .call {
      grid-template: 'space who act' auto 'space times act' auto 'bar bar bar' auto / auto minmax(0, 1fr) auto;
      row-gap: 2px;
    }
    .bar {
      margin-top: 4px;
    }
    .times {
      display: flex;
      gap: 8px;
      align-items: baseline;
    }
    .act {
      height: 44px;
    }
  }
  @container (max-width: 340px) {
    .act {
      padding: 0 12px;
    }
    .act span:not(.spinner) {
      display: none;
    }
    .compact .call {
      grid-template: 'space who act' auto 'space times act' auto 'bar bar bar' auto / auto minmax(0, 1fr) auto;
    }
  }
  @container (max-width: 240px) {
    .call,
    .compact .call {
      grid-template: 'space who who' auto 'times times act' auto 'bar bar bar' auto / auto minmax(0, 1fr) auto;
    }
    .times {
      flex-wrap: wrap;
      column-gap: 8px;
      row-gap: 0;
      white-space: normal;
      text-align: start;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .call,
    .bar div {
      animation: none;
      transition: none;
    }
    .spinner {
      animation-duration: 3s;
    }
  }
  @media (forced-colors: active) {
    .act,
    .picker,
    .space,
    .bar {
      border: 1px solid;
    }
    .bar div {
      background: Highlight;
    }
  }
`;

export const styles = [surface, header, picker, calls, rest, variants];
