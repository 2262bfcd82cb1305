import type { Channel } from './channels.ts';
import type { Messenger } from './messenger.ts';

/** Who is in the channel. Its moderator can remove them, and add who is not. */
export function Members({
  messenger,
  channel,
  everybody,
}: {
  messenger: Messenger;
  channel: Channel;
  everybody: readonly Messenger[];
}) {
  const moderates = messenger.moderates(channel);
  const strangers = everybody.filter(({ arn }) => channel.members.every(({ Arn }) => Arn !== arn));
  return (
    <details class="members">
      <summary>
        {channel.name}
        <span class="count">
          {channel.members.length === 1 ? '1 member' : `${channel.members.length} members`}
          {moderates && ' · moderator'}
        </span>
      </summary>
      <ul aria-label={`Members of ${channel.name}`}>
        {channel.members.map(({ Arn, Name }) => (
          <li key={Arn}>
            {Name}
            {Arn === messenger.arn ? (
              <button type="button" class="quiet" onClick={() => void messenger.remove(channel, Arn)}>
                Leave
              </button>
            ) : (
              moderates && (
                <button type="button" class="quiet" onClick={() => void messenger.remove(channel, Arn)}>
                  Remove<span class="visually-hidden"> {Name}</span>
                </button>
              )
            )}
          </li>
        ))}
        {moderates &&
          strangers.map(({ arn, name }) => (
            <li key={arn} class="stranger">
              {name}
              <button type="button" class="quiet add" onClick={() => void messenger.add(channel, arn)}>
                Add<span class="visually-hidden"> {name}</span>
              </button>
            </li>
          ))}
      </ul>
    </details>
  );
}
