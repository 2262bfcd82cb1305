import { render } from 'preact';
import { watchStatus } from '../server.ts';
import { MessagingPage } from './messaging-page.tsx';

const root = document.getElementById('page');
if (root !== null) {
  render(<MessagingPage />, root);
  void watchStatus();
}
