import { matching, type Plan, type Step } from '../switchboard/plan.ts';
import type { Item } from '../wire/reply.ts';
import { type Action, Refused } from './action.ts';

export const PLAN: readonly Action[] = [
  {
    name: 'ShowDialPlan',
    run({ request, reply, house }) {
      const { plan } = house.dialplan;
      const context = request.get('Context') || 'default';
      const extension = request.get('Extension');
      if (context !== 'default' && !plan.steps.some((step) => step.context === context)) {
        throw new Refused(`Did not find context ${context}`);
      }
      const steps =
        extension === ''
          ? plan.steps.filter((step) => step.context === context)
          : matching(plan, context, extension);
      if (steps.length === 0) {
        throw new Refused(`Did not find extension ${extension}@${context}`);
      }
      const included = context === 'default' ? plan.includes : [];
      const items = [...steps.map(listed), ...(extension === '' ? included.map(includes) : [])];
      reply.list('DialPlan list will follow', items, 'ShowDialPlanComplete', {
        ListExtensions: new Set(steps.map((step) => step.extension)).size,
        ListPriorities: steps.length,
        ListContexts: extension === '' ? 1 : 1 + included.length,
      });
    },
  },
];

function listed({ context, extension, priority, application, data, registrar }: Step): Item {
  return [
    'ListDialplan',
    {
      ...{ Context: context, Extension: extension, Priority: priority },
      ...{ Application: application, AppData: data, Registrar: registrar },
    },
  ];
}

function includes(context: Plan['includes'][number]): Item {
  return ['ListDialplan', { Context: 'default', IncludeContext: context, Registrar: 'pbx_config' }];
}
