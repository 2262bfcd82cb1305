import { useSignal } from '@preact/signals';
import { CopyButton } from './copy-button.tsx';
import { httpEndpoint, serverStatus, webSocketEndpoint } from './server.ts';

interface Snippet {
  readonly id: string;
  readonly title: string;
  readonly purpose: string;
  readonly code: (region: string) => string;
}

const SNIPPETS: readonly Snippet[] = [
  {
    id: 'messaging',
    title: 'Chat client, JavaScript',
    purpose: 'amazon-ivs-chat-messaging, in the browser',
    code: () => `import { ChatRoom } from 'amazon-ivs-chat-messaging';

const room = new ChatRoom({
  regionOrUrl: '${webSocketEndpoint}',
  tokenProvider: async () => {
    const response = await fetch('/chat-token'); // your backend, which calls CreateChatToken
    return { token: await response.text() };
  },
});

room.addListener('message', ({ sender, content }) => console.log(sender.userId, content));
room.connect();`,
  },
  {
    id: 'sdk-js',
    title: 'AWS SDK, JavaScript',
    purpose: '@aws-sdk/client-ivschat, in your backend',
    code: (
      region,
    ) => `import { CreateChatTokenCommand, CreateRoomCommand, IvschatClient } from '@aws-sdk/client-ivschat';

const client = new IvschatClient({
  endpoint: '${httpEndpoint}',
  region: '${region}',
});

const room = await client.send(new CreateRoomCommand({ name: 'lobby' }));
const { token } = await client.send(
  new CreateChatTokenCommand({ roomIdentifier: room.arn, userId: 'alice', capabilities: ['SEND_MESSAGE'] }),
);`,
  },
  {
    id: 'boto3',
    title: 'boto3',
    purpose: 'boto3, in your backend',
    code: (region) => `import boto3

chat = boto3.client(
    "ivschat",
    endpoint_url="${httpEndpoint}",
    region_name="${region}",
)

room = chat.create_room(name="lobby")
token = chat.create_chat_token(
    roomIdentifier=room["arn"], userId="alice", capabilities=["SEND_MESSAGE"]
)["token"]`,
  },
  {
    id: 'cli',
    title: 'AWS CLI',
    purpose: 'aws, in a terminal',
    code: (region) => `ROOM=$(aws ivschat create-room --name lobby --query arn --output text \\
  --endpoint-url ${httpEndpoint} --region ${region})

aws ivschat create-chat-token --room-identifier "$ROOM" --user-id alice --capabilities SEND_MESSAGE \\
  --endpoint-url ${httpEndpoint} --region ${region}`,
  },
];

/** Ways to reach this server; what an application has to change is marked. */
export function Snippets() {
  const region = serverStatus.value?.region ?? 'us-east-1';
  const chosen = useSignal(0);

  function move(event: KeyboardEvent) {
    const steps: Record<string, number> = {
      ArrowRight: chosen.value + 1,
      ArrowLeft: chosen.value - 1,
      Home: 0,
      End: SNIPPETS.length - 1,
    };
    const step = steps[event.key];
    const next = step === undefined ? undefined : SNIPPETS[(step + SNIPPETS.length) % SNIPPETS.length];
    if (next === undefined) return;
    event.preventDefault();
    chosen.value = SNIPPETS.indexOf(next);
    document.getElementById(`tab-${next.id}`)?.focus();
  }

  return (
    <section class="section" aria-labelledby="snippets-title">
      <h2 id="snippets-title">Point your application here</h2>
      <p class="section-lead">
        Only what is marked differs from an application on AWS. The control plane takes its keys from{' '}
        <code>AWS_ACCESS_KEY_ID</code> and <code>AWS_SECRET_ACCESS_KEY</code>; <code>npx parlor root-key show</code>{' '}
        prints them.
      </p>
      <div class="card snippets">
        <div class="tabs" role="tablist" aria-label="Client" onKeyDown={move}>
          {SNIPPETS.map(({ id, title }, index) => (
            <button
              key={id}
              type="button"
              role="tab"
              id={`tab-${id}`}
              aria-controls={`panel-${id}`}
              aria-selected={chosen.value === index}
              tabIndex={chosen.value === index ? 0 : -1}
              onClick={() => {
                chosen.value = index;
              }}
            >
              {title}
            </button>
          ))}
        </div>
        {SNIPPETS.map((snippet, index) => (
          <div
            key={snippet.id}
            role="tabpanel"
            id={`panel-${snippet.id}`}
            aria-labelledby={`tab-${snippet.id}`}
            hidden={chosen.value !== index}
          >
            <div class="snippet-head">
              <p>{snippet.purpose}</p>
              <CopyButton
                text={snippet.code(region)}
                what={`the ${snippet.title} snippet`}
                shownIn={`code-${snippet.id}`}
              />
            </div>
            <Code id={`code-${snippet.id}`} label={snippet.title} code={snippet.code(region)} />
          </div>
        ))}
      </div>
    </section>
  );
}

function Code({ id, label, code }: { id: string; label: string; code: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="code" tabIndex={0} aria-label={`${label}: the code`}>
      <pre>
        <code id={id}>
          {code.split('\n').map((line, index) => {
            const changed = line.includes(httpEndpoint) || line.includes(webSocketEndpoint);
            return changed ? <mark key={index}>{`${line}\n`}</mark> : <span key={index}>{`${line}\n`}</span>;
          })}
        </code>
      </pre>
    </section>
  );
}
