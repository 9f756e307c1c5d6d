/** What many scenes begin with. */
import type { Stage } from './scene.ts';

/** The visitor presses, and the phones of 600 ring. */
export async function ring({ wire, door }: Stage) {
  wire.note('8000 calls 600');
  const press = await door.press('600');
  await wire.event(/^DialStatus: RINGING$/m, 2);
  return press;
}

/** A phone that rings is answered; then `entered` channels have come into a bridge since the scene began. */
export async function pickUp(stage: Stage, number: '6001' | '6002' | '6003', entered = 2) {
  const { wire, kitchen, livingRoom, office, pause } = stage;
  wire.note(`${number} answers`);
  await { 6001: kitchen, 6002: livingRoom, 6003: office }[number].answer();
  await wire.event(/^Event: BridgeEnter$/m, entered);
  await pause();
}

/** As {@link ring}, and 6001 answers. */
export async function answered(stage: Stage) {
  const press = await ring(stage);
  await stage.pause();
  await pickUp(stage, '6001');
  return press;
}

/** 6001 calls 6002, and the two talk. */
export async function phonesTalk(stage: Stage) {
  const { wire, kitchen, pause } = stage;
  wire.note('6001 calls 6002');
  await kitchen.dial('6002');
  await wire.event(/^DialStatus: RINGING$/m);
  await pause();
  await pickUp(stage, '6002');
}
