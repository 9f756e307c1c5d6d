import type { ActionPorts } from '../../src/actions/index.ts';

/** What actions may use, as tests have it unless they say otherwise: a PBX to be given, and nothing around it. */
export function actionPorts(more: Partial<ActionPorts> & Pick<ActionPorts, 'pbxes'>): ActionPorts {
  return {
    openWay: () => ({ kind: 'none' }),
    callHomeAssistant: null,
    callLog: () => null,
    announcing: {
      clip: () => Promise.reject(new Error('no sounds in tests')),
      autoAnswers: () => false,
    },
    fetch: () => Promise.reject(new Error('no network in tests')),
    log: { info() {}, warn() {} },
    context: () => 'default',
    ...more,
  };
}
