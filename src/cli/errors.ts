/** Something that a person can put right. The message is the one line they see. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
}
