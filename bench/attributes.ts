/** What a chat token says about its user: 100 bytes of JSON. */
export const ATTRIBUTES = {
  displayName: 'Ana Torres',
  avatar: 'https://cdn.example.com/avatars/8a7f3c.png',
  color: '#7c3aed',
};
