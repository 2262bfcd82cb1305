/** The command line: `parlor serve` starts a server, everything else talks to one. */
import { Command } from 'commander';
import { addServe } from './serve.ts';

const program = new Command('parlor')
  .description('A self-hosted chat server, compatible with Amazon IVS Chat')
  .showSuggestionAfterError();
addServe(program);
await program.parseAsync();
