import assert from 'node:assert/strict';

/** A value of a server's `/metrics`, by its name and labels as they are printed; 0 for labels not seen yet. */
export async function metricOf(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  assert.ok(text.includes(`# TYPE ${name.replace(/\{.*/, '')} `), `There is no metric ${name}`);
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ')[1] ?? 0);
}
