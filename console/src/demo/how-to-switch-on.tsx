/** In place of a demo that is off. */
export function HowToSwitchOn() {
  return (
    <div class="card demo-off">
      <p>
        The demo is off. It lets whoever opens this page chat, so it is on by itself only while the server listens on
        this machine alone. To switch it on, start the server with
      </p>
      <pre>
        <code>npm start -- --demo</code>
      </pre>
    </div>
  );
}
