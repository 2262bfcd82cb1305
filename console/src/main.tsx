import { render } from 'preact';
import { Page } from './page.tsx';
import { watchStatus } from './server.ts';

const root = document.getElementById('page');
if (root !== null) {
  render(<Page />, root);
  void watchStatus();
}
