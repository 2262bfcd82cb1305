/** The table of options as flags of a command. */
import { type Command, Option as Flag } from 'commander';
import type { Given } from '../config.ts';
import { OPTIONS, type Option } from '../options.ts';

/** Adds a flag for every option but the secret ones, which would be visible to every user of the machine. */
export function addFlags(command: Command): void {
  for (const option of OPTIONS as readonly Option[]) if (!option.secret) addFlag(command, option);
}

function addFlag(command: Command, { name, value, env, default: fallback, help, repeatable }: Option): void {
  const notes = [env, fallback === undefined || fallback === '' ? undefined : `default ${fallback}`];
  const shown = notes.filter((note) => note !== undefined).join(', ');
  const description = shown === '' ? help : `${help} (${shown})`;
  const flag = new Flag(value === undefined ? `--${name}` : `--${name} <${value}>`, description);
  if (repeatable) flag.argParser((entry: string, sofar: string[] = []) => [...sofar, entry]);
  command.addOption(flag);
  if (value === undefined) command.addOption(new Flag(`--no-${name}`, `the opposite of --${name}`));
  const said = new Set<string>();
  for (const spelling of [name, `no-${name}`]) {
    command.on(`option:${spelling}`, () => {
      if (!repeatable && said.size > 0) {
        const before = [...said].join();
        command.error(`error: --${spelling} ${before === spelling ? 'is given twice' : `contradicts --${before}`}`);
      }
      said.add(spelling);
    });
  }
}

/** The flags that were really given, by long name, as `loadConfig` takes them. */
export function givenFlags(command: Command): Map<string, Given> {
  const flags = new Map<string, Given>();
  for (const { name } of OPTIONS) {
    const key = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const value: unknown = command.getOptionValue(key);
    if (command.getOptionValueSource(key) === 'cli' && value !== undefined) flags.set(name, value as Given);
  }
  return flags;
}
